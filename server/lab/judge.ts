import { z } from 'zod';
import { endpointText } from '../core/endpoint-text.ts';
import type { Probe } from '../flow/probe.ts';
import type { Got, ProbeResult } from './result.ts';

/** How a probe ended, as its sender tells. */
export const ProbeOutcome = z.looseObject({
  outcome: z.enum(['answered', 'silent', 'refused', 'unreachable', 'no-route', 'blocked', 'error']),
  keys: z.array(z.string()),
  answer: z.string(),
  reason: z.string(),
});
export type ProbeOutcome = z.infer<typeof ProbeOutcome>;

/** A packet of a probe that a watched node saw. */
export interface Sighting {
  readonly node: string;
  readonly protocol: string;
  readonly key: string;
  readonly source: string;
  readonly port: number;
}

export interface Sightings {
  /** By protocol and key. */
  readonly byKey: ReadonlyMap<string, readonly Sighting[]>;
  /** Nodes whose watch lost packets: nothing can be said about what they did not see. */
  readonly unsure: ReadonlySet<string>;
  /** Nodes that were watched. */
  readonly watched: ReadonlySet<string>;
}

export function sightingKey(protocol: string, key: string): string {
  return `${protocol} ${key}`;
}

const ListenerAnswer = z.object({ node: z.string(), from: z.string(), fromPort: z.number(), port: z.number() });

/** An answer passes an `allow` when the right node gave it; a `deny` holds when nothing came back and nothing arrived. */
export function judgeProbe(probe: Probe, outcome: ProbeOutcome, sightings: Sightings): ProbeResult {
  const target = probe.target?.node ?? probe.to.node;
  const port = probe.target?.port ?? probe.port;
  const seen = outcome.keys
    .flatMap((key) => sightings.byKey.get(sightingKey(probe.protocol, key)) ?? [])
    .filter((each) => each.node !== probe.from.node || each.node === target);
  const atTarget = seen.find((each) => each.node === target && (probe.protocol === 'icmp' || each.port === port));
  const answer = outcome.outcome === 'answered' ? readAnswer(outcome.answer) : null;
  const answeredBy = outcome.outcome !== 'answered' ? null : (answer?.node ?? atTarget?.node ?? seen[0]?.node ?? null);
  const sourceSeen = answer === null ? (atTarget?.source ?? null) : endpointText(answer.from, answer.fromPort);
  const isRight = (node: string | null, wanted: number | null): boolean =>
    answeredBy === node && (answer === null || wanted === null || answer.port === wanted);
  const right = isRight(target, port) || (probe.others ?? []).some((other) => isRight(other.node, other.port));
  const unsure = target !== null && sightings.unsure.has(target);

  const { got, note } = probe.want === 'allow' ? judgeAllow() : judgeDeny();
  return {
    expectation: probe.expectation.text,
    from: probe.from.node,
    to: destinationText(probe),
    want: probe.want,
    got,
    passed: probe.want === 'allow' ? got === 'answered' : !['answered', 'wrong-node', 'leaked', 'error'].includes(got),
    answeredBy,
    sourceSeen,
    ...(probe.without === null ? {} : { without: probe.without }),
    ...(note === null ? {} : { note }),
  };

  function judgeAllow(): { readonly got: Got; readonly note: string | null } {
    if (outcome.outcome === 'error') return { got: 'error', note: errorNote() };
    if (outcome.outcome === 'answered') {
      if (right)
        return {
          got: 'answered',
          note:
            probe.listener === 'temporary'
              ? 'nobody is declared to listen there: a listener was put there for the test'
              : null,
        };
      if (answeredBy === null && sightings.watched.size > 0)
        return { got: 'wrong-node', note: `meant was ${String(target)}; whoever answered is no watched node` };
      return {
        got: 'wrong-node',
        note: `meant was ${nodeText(target, port)}, answered by ${nodeText(answeredBy, answer?.port ?? null)}`,
      };
    }
    if (atTarget !== undefined) {
      return {
        got: outcome.outcome,
        note:
          outcome.outcome === 'refused'
            ? `${atTarget.node} was reached and refused`
            : `${atTarget.node} was reached; its answer did not come back`,
      };
    }
    const elsewhere = seen[0] === undefined ? '' : `; it arrived at ${nodeText(seen[0].node, seen[0].port)}`;
    const got = outcome.outcome === 'refused' ? 'rejected' : outcome.outcome;
    return {
      got,
      note: `the packet did not arrive at ${nodeText(target, port)}${elsewhere}${outcome.reason === '' ? '' : ` (${outcome.reason})`}`,
    };
  }

  function judgeDeny(): { readonly got: Got; readonly note: string | null } {
    if (outcome.outcome === 'error') return { got: 'error', note: errorNote() };
    if (outcome.outcome === 'answered' && !byTwin())
      return {
        got: 'answered',
        note: `it must not be answered${answeredBy === null ? '' : `, but ${answeredBy} did`}`,
      };
    if (atTarget !== undefined)
      return { got: 'leaked', note: `the packet arrived at ${atTarget.node}, from ${atTarget.source}` };
    if (unsure) return { got: 'error', note: `the watch at ${target} lost packets: nothing can be said` };
    if (outcome.outcome === 'answered')
      return {
        got: 'silent',
        note: `nothing arrived there; ${String(probe.twin)} answered, which has the same address in the sender's realm`,
      };
    const forced =
      probe.forcedVia === null ? null : `sent straight to ${probe.forcedVia.gateway} (${probe.forcedVia.via})`;
    return { got: outcome.outcome === 'refused' ? 'rejected' : outcome.outcome, note: forced };
  }

  /** Who gives an echo is told by what the watched nodes have seen; a sender that is its own twin never watches itself. */
  function byTwin(): boolean {
    return probe.twin !== null && (answeredBy === probe.twin || answeredBy === null);
  }

  function errorNote(): string {
    return `the probe could not be sent from ${probe.from.node} (${probe.from.address}): ${outcome.reason}`;
  }
}

/** What one of our listeners says, and nothing else: any program may answer, with anything. */
function readAnswer(text: string): z.infer<typeof ListenerAnswer> | null {
  try {
    const parsed = ListenerAnswer.safeParse(JSON.parse(text.replace(/\?$/, '')));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function nodeText(node: string | null, port: number | null): string {
  return `${node ?? 'somebody'}${port === null || port === 0 ? '' : `:${String(port)}`}`;
}

export function destinationText({ to, port, protocol }: Probe): string {
  return port === null ? `${to.address}/${protocol}` : `${endpointText(to.address, port)}/${protocol}`;
}
