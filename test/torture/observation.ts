import assert from 'node:assert/strict';
import { Failure } from '../../server/core/failure.ts';
import type { Plan } from '../../server/flow/plan.ts';
import type { HostConnection } from '../../server/host/connection.ts';
import { OBSERVE_SCRIPT } from '../../server/observe/script.ts';
import { showPlan } from '../../server/plan/document.ts';
import { planModel, runContext } from '../../server/run/apply.ts';
import { applyPlan } from '../../server/run/plans.ts';
import { connectGarbled, garble } from './observation/shim.ts';
import type { Garbling } from './observation/shim.ts';
import { openSubject, subjectModel } from './observation/subject.ts';
import type { Figures, Rig, TortureRow } from './row.ts';

const READS = [
  'ip -j -d addr show',
  'ip -j -4 route show table all',
  'ip -j -6 route show table all',
  'ip -j -4 rule show',
  'ip -j -6 rule show',
  'bridge -j vlan show',
  'nft -j list ruleset',
  'grep  net/ipv4',
  'grep  net/ipv6',
  'ip -n seen-gw -j -d addr show',
  'ip -n seen-gw -j -4 route show table all',
  'ip -n seen-gw -j -4 rule show',
  'ip netns exec seen-gw nft -j list ruleset',
  'ip netns exec seen-gw sh -c cd /proc/sys',
] as const;

/** All that can be done to what the reads print; `late` alone is no fault. */
function garblings(sizes: ReadonlyMap<string, Buffer>): readonly (Garbling & { readonly harmless: boolean })[] {
  return READS.flatMap((read) => {
    const output = sizes.get(read) ?? Buffer.alloc(0);
    const each: (Garbling & { readonly harmless: boolean })[] = [
      { read, how: 'empty', at: 0, harmless: false },
      { read, how: 'braces', at: 0, harmless: false },
      { read, how: 'late', at: 0, harmless: true },
      ...[1, 2, 255].map((at) => ({ read, how: 'code' as const, at, harmless: false })),
    ];
    for (let at = 0; at < output.length - 1; at += 64) each.push({ read, how: 'cut', at, harmless: false });
    const members = [...output.toString('latin1').matchAll(/"[a-z_0-9]+": ?/g)].filter((_, index) => index % 7 === 0);
    for (const { index } of members) each.push({ read, how: 'bytes', at: index + 2, harmless: false });
    return each;
  });
}

/** Some parts lost or changed on the way, behind all tools. */
function onTheWay(output: Buffer, seed: number): Buffer {
  const starts: number[] = [];
  for (let at = output.indexOf('\0part '); at >= 0; at = output.indexOf('\0part ', at + 1)) starts.push(at);
  const chosen = seed % starts.length;
  const [from = 0, to = output.length] = [starts[chosen], starts[chosen + 1]];
  const cut = (seed * 64) % output.length;
  switch (seed % 4) {
    case 0:
      return Buffer.concat([output.subarray(0, from), output.subarray(to)]);
    case 1:
      return output.subarray(0, cut);
    case 2:
      return Buffer.concat([output.subarray(0, from), Buffer.from('\0part'), output.subarray(from + 6)]);
    default:
      // Beginning in the part's own heading: a part may be no longer than that.
      return Buffer.concat([output.subarray(0, from + 8), output.subarray(Math.min(output.length, from + 72))]);
  }
}

type Change = (output: Buffer) => Buffer;

/** @param change of what the observing program printed. */
function changedOnTheWay(connection: HostConnection, change: Change): HostConnection {
  return {
    host: connection.host,
    async open(options) {
      const session = await connection.open(options);
      return {
        ...session,
        run: async (programs) =>
          (await session.run(programs)).map((result, index) =>
            programs[index]?.stdin === OBSERVE_SCRIPT ? { ...result, stdout: change(result.stdout) } : result,
          ),
      };
    },
  };
}

const unchanged: Change = (output) => output;

async function openRig(lenient: Change = unchanged): Promise<Rig> {
  const subject = await openSubject(2);
  const { host, folder } = subject;
  const tools = await connectGarbled(host, folder);
  const outputs = new Map<string, Buffer>();
  for (const read of READS) {
    const [file = '', ...args] = read.split(' ');
    const text = file === 'grep' || args.includes('sh') ? '' : await host.run(file, ...args);
    outputs.set(read, Buffer.from(text));
  }
  const all = garblings(outputs);
  const model = subjectModel(3);
  const right = steps(await planModel(model, () => host.connection));

  async function one(seed: number): Promise<Figures> {
    const before = await subject.picture();
    const way = seed % 5 === 0;
    // What has a place in the output has hundreds of them: it must not crowd out the rest.
    const sort = all.filter(({ how }) => (how === 'cut' || how === 'bytes') === (seed % 3 === 0));
    const chosen = sort[(seed * 7919) % sort.length];
    assert(chosen);
    const connection = changedOnTheWay(tools, (output) => lenient(way ? onTheWay(output, seed) : output));
    const planned = await settled(async () => {
      // Half of them happen when the plan is made, the others when it is made again under the lock.
      if (seed % 2 === 0 && !way) await garble(folder, chosen);
      const plan = await planModel(model, () => (seed % 2 === 0 ? connection : host.connection));
      if (!way) await garble(folder, chosen);
      if (chosen.harmless && !way) assert.deepEqual(steps(plan), right);
      else
        await applyPlan(
          showPlan(plan),
          runContext(model, () => connection),
        );
    });
    await garble(folder, undefined);
    const what = way ? `on the way, ${String(seed)}` : JSON.stringify(chosen);
    if (chosen.harmless && !way) assert.equal(planned, undefined, `${what}: ${String(planned)}`);
    else
      assert.match(
        planned?.kind ?? 'done',
        /^(observation|tool-missing|host-unreachable)$/,
        `${what}: ${String(planned)}`,
      );
    assert.equal(await subject.picture(), before, `${what}: something was written`);
    return { [way ? 'on the way' : chosen.how]: 1 };
  }

  return { one, close: subject.close };
}

async function settled(action: () => Promise<unknown>): Promise<Failure | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function steps(plan: Plan): unknown {
  return plan.hosts.map(({ fingerprint, steps: list }) => [fingerprint, list.map(({ title }) => title)]);
}

const replaced =
  (pattern: RegExp, by: string): Change =>
  (output) =>
    counted(output.toString('latin1').replace(pattern, by), output);

/** With the number of bytes that would have been told of it; where one was lost on the way before, that stays so. */
function counted(text: string, output: Buffer): Buffer {
  const grown = text.length - output.length;
  const end = /(\0part \. end\n\d+ )(\d+)/;
  return Buffer.from(
    text.replace(end, (_, head: string, size: string) => head + String(Number(size) + grown)),
    'latin1',
  );
}

export const row: TortureRow = {
  invariant: 'I7',
  promise: 'an observation that is garbled stops everything before the first write',
  unit: 'garbled observations',
  target: 3000,
  inCi: 16,
  open: () => openRig(),
  mutants: [
    {
      name: 'a reader that takes a failed read for a good one',
      within: 80,
      open: () => openRig(replaced(/\0code \d+\n/g, '\0code 0\n')),
    },
    {
      name: 'a reader that takes what it cannot read for nothing',
      within: 80,
      open: () =>
        openRig((output) => {
          const pieces = output.toString('latin1').split('\0');
          return counted(pieces.map(forgiven).join('\0'), output);
        }),
    },
  ],
};

/** The lists that may be empty, emptied where they are no JSON. */
function forgiven(piece: string): string {
  const [head = '', ...lines] = piece.split('\n');
  if (!/^part \S+ (routes4|routes6|rules4|rules6|vlans|tables)$/.test(head)) return piece;
  const text = lines.join('\n');
  try {
    const value: unknown = JSON.parse(text);
    if (!JSON.stringify(value).includes('{}')) return piece;
  } catch {
    // Fall through to what such a reader would make of it.
  }
  return `${head}\n${head.endsWith('tables') ? '{"nftables":[{"metainfo":{}}]}' : '[]'}`;
}
