/** Sends probes, all senders at once, and sees to it that none was lost before it had left this machine's queues. */
import type { Probe } from '../flow/probe.ts';
import type { Agents } from './agents.ts';
import { ProbeOutcome } from './judge.ts';

export interface RoundOptions {
  readonly agents: Agents;
  /** By which a sender's routes are chosen; 0 for none. */
  readonly markOf: (probe: Probe) => number;
  /** How many packets the kernel has thrown away for want of room; see `countLostPackets`. */
  readonly countLost: () => Promise<number>;
  readonly makeRoom: () => Promise<void>;
  /** Called when a probe has ended. */
  readonly onEnded: (probe: Probe) => void;
}

/** Neighbours have to be found first, and a busy machine is slow: an `allow` may take its time, and is sent again. */
const ALLOW_MS = 3000;
/** Denials come after all that is allowed, when every way is warm: what gets through arrives within a millisecond. */
const DENY_MS = 400;
/** From one node; its agent has room for twice as many. */
const AT_ONCE = 2000;
/** Where there was no room for all, the rest is sent in so many parts; where that was too much, each of them again so. */
const PARTS = 4;
const MOST_SPLITS = 3;

/**
 * Gives how each probe ended. Where the kernel lost packets meanwhile for want of room, silence proves nothing: what was not
 * answered is sent again in smaller parts, and is an error if that goes on.
 */
export async function sendRound(probes: readonly Probe[], options: RoundOptions): Promise<Map<Probe, ProbeOutcome>> {
  const outcomes = new Map<Probe, ProbeOutcome>();
  await sendProven(probes, options, outcomes, 0);
  return outcomes;
}

async function sendProven(
  probes: readonly Probe[],
  options: RoundOptions,
  outcomes: Map<Probe, ProbeOutcome>,
  splits: number,
): Promise<void> {
  const before = await options.countLost();
  await sendAtOnce(probes, options, outcomes);
  const left = (await options.countLost()) === before ? [] : probes.filter((probe) => isOpen(outcomes.get(probe)));
  if (left.length === 0) return;
  if (splits === MOST_SPLITS) {
    const reason = 'this machine lost packets for want of room, each time that it was sent';
    for (const probe of left) outcomes.set(probe, { outcome: 'error', keys: [], answer: '', reason });
    return;
  }
  const size = Math.ceil(left.length / PARTS);
  for (let first = 0; first < left.length; first += size) {
    await options.makeRoom();
    await sendProven(left.slice(first, first + size), options, outcomes, splits + 1);
  }
}

/** Nothing that came back shows that the packet got anywhere. */
function isOpen(outcome: ProbeOutcome | undefined): boolean {
  return outcome === undefined || ['silent', 'unreachable', 'error'].includes(outcome.outcome);
}

/** By sender, so many at a time; all senders at once. */
async function sendAtOnce(
  probes: readonly Probe[],
  { agents, markOf, onEnded }: RoundOptions,
  outcomes: Map<Probe, ProbeOutcome>,
): Promise<void> {
  const queues = Map.groupBy(probes, (probe) => agents.placeOf(probe.from.node).agent);
  const senders = [...queues].map(async ([name, queue]) => {
    const agent = await agents.of(name);
    let next = 0;
    const send = async (): Promise<void> => {
      for (let probe = queue[next++]; probe !== undefined; probe = queue[next++]) {
        const { scope } = agents.placeOf(probe.from.node);
        const answer = await agent.ask(...probeWords(probe, scope, markOf(probe)));
        outcomes.set(probe, joined(outcomes.get(probe), answer));
        onEnded(probe);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, queue.length) }, send));
  });
  await Promise.all(senders);
}

/** Of a probe that was sent again, the earlier packets may be seen as well as the later ones. */
function joined(earlier: ProbeOutcome | undefined, answer: { readonly error?: string | undefined }): ProbeOutcome {
  if (answer.error !== undefined) return { outcome: 'error', keys: [], answer: '', reason: answer.error };
  const outcome = ProbeOutcome.parse(answer);
  return { ...outcome, keys: [...(earlier?.keys ?? []), ...outcome.keys] };
}

function probeWords(probe: Probe, scope: string, mark: number): readonly string[] {
  const [time, again] = probe.want === 'allow' ? [ALLOW_MS, '1'] : [DENY_MS, '0'];
  return [
    'probe',
    scope,
    probe.protocol,
    probe.from.address,
    probe.to.address,
    String(probe.port ?? 0),
    String(mark),
    String(time),
    again,
  ];
}
