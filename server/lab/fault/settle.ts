/** Makes the interfaces of a lab as its faults want them. */
import { Failure } from '../../core/failure.ts';
import { enterNetwork, enterNode } from '../enter.ts';
import type { Lab, LabNode } from '../lab.ts';
import { parseIpJson, runTool, textOf, tryTool } from '../tool.ts';
import { effectsOf } from './effects.ts';
import type { Effect, NamespaceEffects } from './effects.ts';
import type { End, Fault } from './record.ts';

/**
 * Only what `before` or `after` is about is touched. Gives the interfaces that `after` breaks and that are not there; of what
 * is gone by now nothing needs healing.
 */
export async function settleFaults(
  lab: Lab,
  before: readonly Fault[],
  after: readonly Fault[],
): Promise<readonly End[]> {
  const gone: Effect[] = [];
  for (const place of effectsOf(before, after)) {
    const prefix = prefixOf(lab, place);
    const devices = prefix === undefined ? undefined : await devicesIn(prefix);
    if (prefix === undefined || devices === undefined) {
      gone.push(...place.effects);
      continue;
    }
    const there = place.effects.filter(({ end }) => devices.has(end.device));
    gone.push(...place.effects.filter((effect) => !there.includes(effect)));
    await setDelays(prefix, there);
    await setDrops(prefix, there);
    await setCarriers(prefix, there);
  }
  return gone.filter(hasEffect).map(({ end }) => end);
}

function hasEffect({ carrier, dropsIn, dropsOut, delayMs }: Effect): boolean {
  return carrier === 'down' || dropsIn + dropsOut + delayMs > 0;
}

function prefixOf(lab: Lab, { node: name, namespace }: NamespaceEffects): readonly string[] | undefined {
  const node: LabNode | undefined = lab.nodes.get(name);
  if (node === undefined) return undefined;
  return namespace === null ? enterNetwork(node) : [...enterNode(node), 'ip', 'netns', 'exec', namespace];
}

/** `undefined` where the namespace is gone. */
async function devicesIn(prefix: readonly string[]): Promise<ReadonlySet<string> | undefined> {
  const { exitCode, stdout, stderr } = await tryTool([...prefix, 'ip', '-j', 'link', 'show']);
  if (exitCode !== 0) {
    if (stderr.includes('Cannot open network namespace')) return undefined;
    throw new Failure('lab', 'The lab could not read links', { detail: stderr.trim() });
  }
  return new Set((parseIpJson(stdout)[0] ?? []).map((link) => textOf(link['ifname'])));
}

/** Names come from the kernel or the plan; what a batch or nft would take for something else is none of them. */
function deviceWord({ device }: End): string {
  if (/^[A-Za-z0-9.:@_-]{1,15}$/.test(device)) return device;
  throw new TypeError(`not a word for a batch: ${JSON.stringify(device)}`);
}

async function setCarriers(prefix: readonly string[], effects: readonly Effect[]): Promise<void> {
  const lines = effects.flatMap(({ end, carrier }) =>
    carrier === 'leave' ? [] : [`link set dev ${deviceWord(end)} ${carrier}\n`],
  );
  if (lines.length === 0) return;
  await runTool('plug cables', [...prefix, 'ip', '-batch', '-'], lines.join(''));
}

/** An underscore is in no name of a topology, so that the table is nobody's else. */
const TABLE = 'netdev lab_faults';
/** Before anything else sees a frame (nft(8): netdev chains have priorities of their own). */
const PRIORITY = '-500';

async function setDrops(prefix: readonly string[], effects: readonly Effect[]): Promise<void> {
  const chains = effects.flatMap(({ end, dropsIn, dropsOut }, index) => [
    ...dropChain(`in-${String(index)}`, 'ingress', end, dropsIn),
    ...dropChain(`out-${String(index)}`, 'egress', end, dropsOut),
  ]);
  const text = [
    `add table ${TABLE}`,
    `delete table ${TABLE}`,
    ...(chains.length === 0 ? [] : [`table ${TABLE} {`, ...chains, '}']),
  ];
  const { exitCode, stderr } = await tryTool([...prefix, 'nft', '-f', '-'], `${text.join('\n')}\n`);
  if (exitCode === 0 || chains.length === 0) return;
  throw new Failure('unsupported', 'This kernel cannot lose frames as asked', {
    detail: `It needs nftables in the netdev family, on ingress and egress, and random numbers there (CONFIG_NF_TABLES_NETDEV, CONFIG_NETFILTER_INGRESS, CONFIG_NETFILTER_EGRESS, CONFIG_NFT_NUMGEN): ${firstLine(stderr)}`,
    toDo: ['Load the missing modules (modprobe nft_numgen), or cut the link instead: --how cut'],
  });
}

function dropChain(name: string, hook: 'ingress' | 'egress', end: End, perTenThousand: number): readonly string[] {
  if (perTenThousand === 0) return [];
  const when = perTenThousand >= 10_000 ? '' : `numgen random mod 10000 < ${String(perTenThousand)} `;
  return [
    `chain ${name} {`,
    `type filter hook ${hook} device "${deviceWord(end)}" priority ${PRIORITY}; policy accept;`,
    `${when}drop`,
    '}',
  ];
}

/** Frames on their way, with room for a busy link. */
const QUEUE = 'limit 100000';

async function setDelays(prefix: readonly string[], effects: readonly Effect[]): Promise<void> {
  const delayed = await delayedDevices(prefix, effects);
  const lines = effects.flatMap(({ end, delayMs }) => {
    if (delayMs > 0) return [`qdisc replace dev ${deviceWord(end)} root netem delay ${String(delayMs)}ms ${QUEUE}\n`];
    return delayed.has(end.device) ? [`qdisc del dev ${deviceWord(end)} root\n`] : [];
  });
  if (lines.length === 0) return;
  const { exitCode, stderr } = await tryTool([...prefix, 'tc', '-batch', '-'], lines.join(''));
  if (exitCode === 0) return;
  throw new Failure('unsupported', 'This kernel cannot delay frames', {
    detail: `It needs netem (CONFIG_NET_SCH_NETEM): ${firstLine(stderr)}`,
    toDo: ['Load the module (modprobe sch_netem), or run the lab on a kernel that has it.'],
  });
}

async function delayedDevices(prefix: readonly string[], effects: readonly Effect[]): Promise<ReadonlySet<string>> {
  if (effects.length === 0) return new Set();
  const read = await runTool('read queues', [...prefix, 'tc', '-j', 'qdisc', 'show']);
  const queues = parseIpJson(read)[0] ?? [];
  return new Set(queues.filter(({ kind }) => kind === 'netem').map(({ dev }) => textOf(dev)));
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
