/**
 * In: the probes that show whether expectations hold, and the World as it is with each host that may be lost. Out: for each probe
 * whether it is met, as the lab would find it by sending it.
 */
import type { Probe } from '../flow/probe.ts';
import type { World } from '../flow/world.ts';
import { nicName } from '../core/nic-name.ts';
import type { Reach } from './walk/reach.ts';
import { reach } from './walk/reach.ts';
import { ruleText } from './walk/way.ts';
import { sendingStraight } from './world/straight.ts';

export interface ProbeJudgement {
  readonly probe: Probe;
  readonly outcome: 'met' | 'failed' | 'unknown';
  readonly reach: Reach;
  /** Why it is not met, in a sentence; `null` where it is. */
  readonly why: string | null;
}

export function judgeProbes(
  probes: readonly Probe[],
  worldWithout: (host: string | null) => World,
): readonly ProbeJudgement[] {
  const worlds = new Map<string | null, World>();
  const forced = new Map<string, World>();
  const worldFor = ({ without, forcedVia }: Probe): World => {
    const world = worlds.get(without) ?? worldWithout(without);
    worlds.set(without, world);
    if (forcedVia === null) return world;
    const key = `${without ?? ''} ${forcedVia.network} ${forcedVia.via}`;
    const found = forced.get(key) ?? sendingStraight(world, { via: forcedVia.via, device: nicName(forcedVia.network) });
    forced.set(key, found);
    return found;
  };
  return probes.map((probe) => judgeProbe(probe, worldFor(probe)));
}

export function judgeProbe(probe: Probe, world: World): ProbeJudgement {
  const { from, to, protocol, port } = probe;
  const stack = world.nodes.get(from.node);
  const answer = reach(world, {
    ...{ from: stack ?? from.node, source: from.address, to: to.address, protocol, port },
    listening: true,
  });
  if (answer.verdict === 'unknown') return { probe, outcome: 'unknown', reach: answer, why: answer.why };
  const why = probe.want === 'allow' ? allowFails(probe, answer, world) : denyFails(probe, answer, world);
  return { probe, outcome: why === null ? 'met' : 'failed', reach: answer, why };
}

function allowFails(
  { target, others = [], to, port }: Probe,
  { verdict, why, arrived }: Reach,
  world: World,
): string | null {
  if (verdict !== 'delivered' || arrived === null) return why;
  const wanted = target?.node ?? to.node;
  const wantedPort = target?.port ?? port;
  const found = arrived.packet.destinationPort;
  const isRight = (each: { readonly node: string | null; readonly port: number | null }): boolean =>
    isNode(world, arrived.stack, each.node) && (found === null || each.port === null || found === each.port);
  if ([{ node: wanted, port: wantedPort }, ...others].some(isRight)) return null;
  return `meant was ${nodeText(wanted, wantedPort)}, and ${nodeText(arrived.node, found)} gets it`;
}

/** Nothing may arrive where it must not, and nobody else may answer, but who has the very same address in the sender's realm. */
function denyFails({ target, to, twin, protocol }: Probe, answer: Reach, world: World): string | null {
  const { verdict, arrived } = answer;
  if (arrived === null) return null;
  const wanted = target?.node ?? to.node;
  const where = nodeText(arrived.node, arrived.packet.destinationPort);
  const by = accepted(answer);
  if (isNode(world, arrived.stack, wanted)) return `it arrives at ${where}${by}`;
  if (twin !== null && isNode(world, arrived.stack, twin)) return null;
  const listens = world.stacks.get(arrived.stack)?.listens;
  // A host or a gateway says no where nobody has told of a program.
  const answered = verdict === 'delivered' && (protocol === 'icmp' || listens != null);
  return answered ? `${where} answers${by}` : null;
}

/** The last rule that let it through. */
function accepted({ there }: Reach): string {
  const rule = there.hops.findLast(({ action }) => action === 'accepts')?.rule;
  return rule?.type === 'rule' ? `, let through by ${ruleText(rule)}` : '';
}

/** Members of one cluster stand for each other: what they share is at whichever is master. */
function isNode({ nodes }: World, stack: string, name: string | null): boolean {
  if (name === null) return false;
  if (nodes.get(name) === stack) return true;
  const [gateway, member] = name.split('@');
  if (member === undefined) return false;
  return [...nodes].some(([each, id]) => id === stack && each.startsWith(`${gateway ?? ''}@`));
}

function nodeText(node: string | null, port: number | null): string {
  return `${node ?? 'nobody'}${port === null ? '' : `:${String(port)}`}`;
}
