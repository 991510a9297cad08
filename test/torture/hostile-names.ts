import assert from 'node:assert/strict';
import type { HostConnection } from '../../server/host/connection.ts';
import { Failure } from '../../server/core/failure.ts';
import { OBSERVE_SCRIPT } from '../../server/observe/script.ts';
import { applyModel } from '../../server/run/apply.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { openSubject, subjectModel } from './observation/subject.ts';
import type { Figures, Rig, TortureRow } from './row.ts';

/** Runs lines of hexadecimal arguments as `ip` commands, bytes and all; prints how many of them `ip` let through. */
const BYTES = `
import subprocess, sys
done = 0
for line in sys.stdin.read().splitlines():
    argv = [b'ip'] + [bytes.fromhex(word) for word in line.split(' ')]
    done += subprocess.run(argv, stderr=subprocess.DEVNULL).returncode == 0
print(done)
`;

/** The links of the host but ours, as \`ip\` prints them, in hexadecimal: no decoding, and nothing that a name could break. */
const FOREIGN = `
import re, subprocess
text = subprocess.run(['ip', '-j', '-d', 'addr', 'show'], stdout=subprocess.PIPE, check=True).stdout
links = re.split(rb'(?={"ifindex":)', text)[1:]
for link in links:
    if b'"ifalias":"trunkline:1:seen:' not in link:
        print(re.sub(rb'"[a-z_]*timer":[0-9.]+|[],\\s]*$', b'', link).hex())
`;

type Bytes = Buffer;

/** A stream of numbers from a seed: the same cases every time. */
function numbers(seed: number): (below: number) => number {
  let state = (seed * 2654435761) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const NASTY = [
  ['$(reboot)', ';x', '"', "'", '\\', '<b>', '--', '-x', '*', '{', '},{"if', '\u001b[2J', '\u0001', '\u0007', '\u007f'],
  [
    '\u00e9',
    '\u0435',
    '\u202e',
    'lo\u0000',
    'br0\u0080',
    'dev',
    'type',
    'up',
    'a#b',
    '`id`',
    '|',
    '&',
    '~',
    '!',
    '^',
    '=',
  ],
].flat();

/** Nasty words and any bytes, of all lengths up to the longest. */
function hostileName(next: (below: number) => number, longest: number): Bytes {
  const pieces: Bytes[] = [];
  const length = 1 + next(longest);
  while (Buffer.concat(pieces).length < length) {
    const nasty = Buffer.from(NASTY[next(NASTY.length)] ?? '');
    pieces.push(next(3) === 0 ? Buffer.from([1 + next(255)]) : nasty);
  }
  // An argument ends at a NUL.
  const name = Buffer.from(Buffer.concat(pieces).filter((byte) => byte !== 0)).subarray(0, length);
  // What is named like ours is ours, or rightly stands in the way.
  return OURS.includes(name.toString('latin1')) ? Buffer.from('$br0') : name;
}

const OURS: readonly string[] = ['br0', 'br-wan'];

/** Like a mark of ours, and none. */
const LOOK_ALIKES = [
  'trunkline:1:seen',
  'trunkline:1:seen:bridge:br0 ',
  'trunkline:1:seen\u0001:bridge:br0',
  'xtrunkline:1:seen:bridge:br0',
];

const words = (...argv: readonly (string | Bytes)[]): string =>
  argv.map((word) => Buffer.from(word).toString('hex')).join(' ');

const LINKS = 5;

async function openRig(
  change: (connection: HostConnection) => HostConnection = (connection) => connection,
  meddle: (host: HostNamespace) => Promise<void> = () => Promise.resolve(),
): Promise<Rig> {
  const subject = await openSubject(1);
  const { host } = subject;
  const connection = change(host.connection);
  const bytes = async (lines: readonly string[]): Promise<number> =>
    Number(await host.input(`${lines.join('\n')}\n`, 'python3', '-c', BYTES));

  async function one(seed: number): Promise<Figures> {
    const next = numbers(seed);
    const names = Array.from({ length: LINKS }, (_, index) => hostileName(next, index === 0 ? 15 : 1 + next(15)));
    const made = await bytes(names.map((name) => words('link', 'add', 'name', name, 'type', 'bridge')));
    await bytes(
      names.flatMap((name, index) => [
        words(
          'link',
          'set',
          'dev',
          name,
          'alias',
          index === 0 ? (LOOK_ALIKES[seed % LOOK_ALIKES.length] ?? '') : hostileName(next, 200),
        ),
        words('link', 'property', 'add', 'dev', name, 'altname', hostileName(next, 100)),
        words('address', 'add', `10.77.${String(index)}.1/24`, 'dev', name),
        words('link', 'set', 'dev', name, 'up'),
      ]),
    );
    const before = await host.run('python3', '-c', FOREIGN);
    const { hosts } = await applyModel(subjectModel(seed % 3), () => connection);
    if (hosts[0]?.failure !== null) throw new Failure('internal', JSON.stringify(hosts[0]?.failure));
    await meddle(host);
    const decoded = (text: string): readonly string[] =>
      text.split('\n').map((line) => Buffer.from(line, 'hex').toString('latin1'));
    assert.deepEqual(
      decoded(await host.run('python3', '-c', FOREIGN)),
      decoded(before),
      'something of others was touched',
    );
    await bytes(names.map((name) => words('link', 'del', 'dev', name)));
    return { 'hostile links': made, applied: 1 };
  }

  return { one, close: subject.close };
}

/** As a reader would see it that knows nothing of what names can hold. */
function unescaped(connection: HostConnection): HostConnection {
  return {
    host: connection.host,
    async open(options) {
      const session = await connection.open(options);
      return {
        ...session,
        run: async (programs) => {
          const results = await session.run(programs);
          for (const [index, { stdout }] of results.entries()) {
            if (programs[index]?.stdin !== OBSERVE_SCRIPT) continue;
            for (const piece of stdout.toString('utf8').split('\0'))
              if (piece.includes('[{')) JSON.parse(piece.slice(piece.indexOf('[{')));
          }
          return results;
        },
      };
    },
  };
}

export const row: TortureRow = {
  invariant: 'I7',
  promise: 'no name that others chose stops an apply, and nothing of theirs is touched',
  unit: 'hosts with hostile names applied to',
  target: 500,
  inCi: 6,
  open: () => openRig(),
  mutants: [
    { name: 'a reader that takes control bytes for JSON', within: 12, open: () => openRig(unescaped) },
    {
      name: 'an apply that renames what is not ours',
      within: 1,
      open: () =>
        openRig(undefined, async (host) => {
          await host.run('ip', 'link', 'set', 'dev', 'docker0', 'alias', 'tidied up');
        }),
    },
  ],
};
