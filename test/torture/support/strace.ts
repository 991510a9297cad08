/** What a program and all that it starts ask the kernel to change, as strace tells it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Traced {
  readonly exitCode: number | undefined;
  readonly output: string;
  /** Messages to netlink that were sent. */
  readonly asked: number;
  /** Of these and of files that were opened for writing: what changes something. */
  readonly writes: readonly string[];
}

/** @param mayWrite whether a file that is opened for writing is its own affair. */
export async function traced(argv: readonly string[], mayWrite: (path: string) => boolean): Promise<Traced> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-strace-'));
  try {
    const log = join(folder, 'log');
    const calls = 'trace=sendto,sendmsg,openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2';
    const strace = ['-f', '-qq', '-s', '256', '-e', calls, '-e', 'signal=none', '-o', log, '--', ...argv];
    const state = { XDG_STATE_HOME: join(folder, 'state') };
    const { exitCode, all } = await execa('strace', strace, { reject: false, all: true, env: state });
    const lines = (await readFile(log, 'utf8')).split('\n');
    const messages = lines.flatMap((line) =>
      [...line.matchAll(/nlmsg_len=(\d+), nlmsg_type=([^,]+),/g)].map(([, length, type = '']) => ({
        length: Number(length),
        type,
      })),
    );
    const own = (path: string): boolean => path.startsWith(folder) || mayWrite(path);
    return {
      exitCode,
      output: all,
      asked: messages.length,
      writes: [...messages.filter(changes).map(({ type }) => type), ...lines.filter((line) => writesFile(line, own))],
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Message {
  /** `RTM_GETLINK`, `NFNL_SUBSYS_NFTABLES<<8|NFT_MSG_GETRULE`; a number where strace does not know the socket, as in other namespaces. */
  readonly type: string;
  readonly length: number;
}

function changes({ type, length }: Message): boolean {
  // `ip link` asks whether the kernel knows this message at all: a head without anything behind it, about no link.
  if (length === EMPTY_LINK && /^(RTM_NEWLINK|0x10)\b/.test(type)) return false;
  const number = /^(0x[0-9a-f]+|0)\b/.exec(type)?.[1];
  if (number === undefined) return !/_GET[A-Z]|^NLMSG_(DONE|NOOP|ERROR)/.test(type);
  // What is read behind the end of a message is shown as one of type 0.
  return Number(number) !== 0 && !isGet(Number(number));
}

const EMPTY_LINK = 32;

/** Messages of nftables (subsystem 10) that only ask, from linux/netfilter/nf_tables.h; in rtnetlink every third of four does. */
const NFT_GETS = [1, 4, 7, 10, 13, 16, 19, 21, 23];

function isGet(type: number): boolean {
  if (type >> 8 === 10) return NFT_GETS.includes(type & 0xff);
  return type < 0x100 && type >= 16 && type % 4 === 2;
}

function writesFile(line: string, own: (path: string) => boolean): boolean {
  const call = /^\d+ +(\w+)\((?:AT_FDCWD, )?"([^"]*)"(.*)/.exec(line);
  if (call === null) return false;
  const [, name = '', path = '', rest = ''] = call;
  const opens = name === 'openat' || name === 'open';
  if (opens && !/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(rest)) return false;
  // What was tried and refused has changed nothing.
  return !/= -1 E/.test(rest) && !own(path);
}
