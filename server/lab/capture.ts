/** The frames of one interface of a node as a pcap file, which tshark and Wireshark read. Needs no tcpdump. */
import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import { nearestHint } from '../core/nearest.ts';
import { agentBinary } from './agent-binary.ts';
import { enterNetwork } from './enter.ts';
import { execPrefix } from './exec.ts';
import { nodeOf } from './lab.ts';
import type { Lab } from './lab.ts';
import { nicName } from '../core/nic-name.ts';
import { parseIpJson, runTool, textOf } from './tool.ts';

export interface CaptureOptions {
  /** A network of the node, or an interface by its own name; the only one but `lo` where left out. */
  readonly interface?: string;
  /** A path, or `-` for stdout. */
  readonly write: string;
  /** Ends after so many frames; 0: never. */
  readonly count: number;
  /** Ends after so many seconds; 0: never. */
  readonly seconds: number;
  /** Devices of a gateway member or host by network, where they are not called like it. */
  readonly deviceOf?: (network: string) => string | undefined;
  /** Called once it hears: nothing that is sent from then on is missed. */
  readonly onListening?: (device: string) => void;
  /** Ends it as Ctrl-C does. */
  readonly signal?: AbortSignal;
}

export interface Captured {
  readonly device: string;
  readonly frames: number;
  /** Frames that came faster than they could be written. */
  readonly dropped: number;
}

const Said = z.object({
  listening: z.string().optional(),
  error: z.string().optional(),
  frames: z.int().optional(),
  dropped: z.int().optional(),
});

/** Runs until the count or time is over, Ctrl-C, or whoever reads has had enough. Throws `usage` for an unknown interface. */
export async function labCapture(lab: Lab, nodeName: string, options: CaptureOptions): Promise<Captured> {
  const member = lab.members[nodeName];
  const node = nodeOf(lab, member?.host ?? nodeName);
  const device = await deviceFor(lab, nodeName, options);
  const inside = member?.namespace ?? null;
  const words = [device, String(options.count), String(options.seconds)];
  const netns = inside === null ? [] : [`/proc/${String(node.pid)}/root/run/netns/${inside}`];
  const argv = [...enterNetwork(node), await agentBinary(), 'capture', ...words, ...netns];
  if (options.write === '-') return capture(argv, 'inherit', device, options);
  const file = await open(options.write, 'w', 0o600).catch((cause: unknown) => {
    throw new Failure('usage', `${options.write} cannot be written`, {
      detail: cause instanceof Error ? cause.message : '',
      cause,
    });
  });
  try {
    return await capture(argv, file.fd, device, options);
  } finally {
    await file.close();
  }
}

async function capture(
  [program = '', ...args]: readonly string[],
  output: 'inherit' | number,
  device: string,
  options: CaptureOptions,
): Promise<Captured> {
  // It ends when its stdin does: also when this process is killed.
  const child = spawn(program, args, { stdio: ['pipe', output, 'pipe'] });
  const end = (): void => {
    child.stdin?.end();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, end);
  options.signal?.addEventListener('abort', end);
  try {
    const ended = new Promise<void>((resolve, reject) => {
      child.once('error', reject).once('close', () => {
        resolve();
      });
    });
    const [captured] = await Promise.all([listen(child.stderr, device, options), ended]);
    return captured;
  } finally {
    options.signal?.removeEventListener('abort', end);
    for (const signal of signals) process.off(signal, end);
    end();
  }
}

async function listen(stderr: Readable | null, device: string, options: CaptureOptions): Promise<Captured> {
  const texts: string[] = [];
  if (stderr !== null) {
    for await (const line of createInterface({ input: stderr })) {
      if (!line.startsWith('{')) {
        texts.push(line);
        continue;
      }
      const said = Said.parse(JSON.parse(line));
      if (said.listening !== undefined) options.onListening?.(device);
      if (said.error !== undefined) texts.push(said.error);
      if (said.frames !== undefined) return { device, frames: said.frames, dropped: said.dropped ?? 0 };
    }
  }
  throw new Failure('lab', `The frames of ${device} could not be captured`, { detail: texts.join('\n') });
}

async function deviceFor(lab: Lab, nodeName: string, options: CaptureOptions): Promise<string> {
  const read = await runTool(`read the links of ${nodeName}`, [
    ...execPrefix(lab, nodeName),
    'ip',
    '-j',
    'link',
    'show',
  ]);
  const there = (parseIpJson(read)[0] ?? []).map((link) => textOf(link['ifname']));
  const asked = options.interface;
  if (asked !== undefined) {
    const named = [options.deviceOf?.(asked), asked, nicName(asked)].find(
      (device) => device !== undefined && there.includes(device),
    );
    if (named !== undefined) return named;
    const hint = nearestHint(asked, there);
    throw new Failure('usage', `${nodeName} has no interface ${JSON.stringify(asked)}`, {
      detail: `${hint === undefined ? '' : `${hint} `}It has ${there.join(', ')}.`,
    });
  }
  const [only, ...others] = there.filter((device) => device !== 'lo');
  if (only !== undefined && others.length === 0) return only;
  throw new Failure('usage', `Which interface of ${nodeName}?`, { detail: `It has ${there.join(', ')}.` });
}
