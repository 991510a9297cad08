/** Stage: a model → whether its expectations hold on it, each asked of the forwarding model as the lab would ask it with packets. */
import type { Diagnostic, RelatedPlace } from '../core/diagnostic.ts';
import { diagnostic } from '../core/diagnostic.ts';
import { endpointText } from '../core/endpoint-text.ts';
import type { Expectation, Model } from '../flow/model.ts';
import type { Probe } from '../flow/probe.ts';
import { modelWithout } from '../model/placement/elsewhere.ts';
import { probePlan } from '../model/probes.ts';
import type { ProbeJudgement } from '../reach/expectations.ts';
import { judgeProbes } from '../reach/expectations.ts';
import type { Decider } from '../reach/walk/answer.ts';
import { placesOf } from './places.ts';
import { wantedWorld } from './worlds.ts';

export interface ExpectationResult {
  /** As the file has it. */
  readonly expectation: string;
  readonly line: number;
  /** `failed` where one of the probes fails, else `unknown` where nothing can be said of one. */
  readonly outcome: 'met' | 'failed' | 'unknown';
  readonly probes: number;
  /** The first that is not met; `null` where all are. */
  readonly witness: Witness | null;
}

export interface Witness {
  readonly from: string;
  readonly to: string;
  readonly without: string | null;
  readonly why: string;
}

export interface JudgedExpectations {
  readonly results: readonly ExpectationResult[];
  readonly diagnostics: readonly Diagnostic[];
}

export function judgeExpectations(model: Model): JudgedExpectations {
  const plan = probePlan(model);
  const judged = judgeProbes(plan.probes, (host) => {
    const without = host === null ? [] : [host];
    return wantedWorld(modelWithout(model, without), { plan, without });
  });
  const byExpectation = Map.groupBy(judged, ({ probe }) => probe.expectation.id);
  const all = model.expectations.map((each) => resultOf(model, each, byExpectation.get(each.id) ?? []));
  const places = placesOf(model);
  return {
    results: all.map(({ result }) => result),
    diagnostics: all.flatMap(({ expectation, result, first }) => problemOf(expectation, result, first, places)),
  };
}

interface Judged {
  readonly expectation: Expectation;
  readonly result: ExpectationResult;
  readonly first: ProbeJudgement | undefined;
}

function resultOf(model: Model, expectation: Expectation, judged: readonly ProbeJudgement[]): Judged {
  const unmet = judged.filter(({ outcome }) => outcome !== 'met').map((each) => ({ each, not: notJudged(model) }));
  const failed = unmet.find(({ each, not }) => each.outcome === 'failed' && not === null);
  const first = failed ?? unmet[0];
  const outcome = failed === undefined ? (first === undefined && judged.length > 0 ? 'met' : 'unknown') : 'failed';
  const why = `${first?.each.why ?? ''}${first?.not == null ? '' : ` (${first.not})`}`;
  const witness =
    judged.length === 0 ? { from: '-', to: '-', without: null, why: NOBODY } : witnessOf(first?.each, why);
  const { text, place } = expectation;
  const result = { expectation: text, line: place.line, outcome, probes: judged.length, witness } as const;
  return { expectation, first: first?.each, result };
}

const NOBODY = 'its ends have no address family in common, or nobody is there to send';

function witnessOf(judgement: ProbeJudgement | undefined, why: string): Witness | null {
  if (judgement === undefined) return null;
  const { probe } = judgement;
  return { from: `${probe.from.node} (${probe.from.address})`, to: targetText(probe), without: probe.without, why };
}

function targetText({ to, port, protocol }: Probe): string {
  const name = to.node === null ? '' : `${to.node} `;
  return port === null ? `${name}${to.address}/${protocol}` : `${name}${endpointText(to.address, port)}/${protocol}`;
}

/**
 * What the file asks for and no kind makes yet is not in the World: what is not met may be so for want of it. `null` where the
 * probe has nothing to do with any.
 */
function notJudged(model: Model): string | null {
  const machine = [...model.gateways.values()].find(({ runs }) => runs === 'vm');
  return machine === undefined ? null : `${machine.name} is to be a virtual machine, which is not judged`;
}

function problemOf(
  { text, place }: Expectation,
  { outcome, witness, probes }: ExpectationResult,
  first: ProbeJudgement | undefined,
  places: ReadonlyMap<string, RelatedPlace>,
): readonly Diagnostic[] {
  if (outcome === 'met' || witness === null) return [];
  const { from, to, without, why } = witness;
  const lost = without === null ? '' : ` while ${without} is down`;
  const where = first === undefined ? '' : `From ${from} to ${to}${lost}: `;
  const detail = `\`${text}\`. ${where}${why}. ${String(probes)} ${probes === 1 ? 'probe' : 'probes'} in all.`;
  const by = first === undefined ? null : deciderOf(first);
  const decides = by?.type === 'rule' && by.id !== null ? places.get(by.id) : undefined;
  const code = outcome === 'failed' ? 'expectation-not-met' : 'expectation-unknown';
  return [diagnostic(code, place, detail, { related: decides === undefined ? [] : [decides] })];
}

/** What stops it, or of what must not get through, what lets it. */
function deciderOf({ probe, reach }: ProbeJudgement): Decider | null {
  if (probe.want === 'allow' || reach.by !== null) return reach.by;
  return reach.there.hops.findLast(({ action }) => action === 'accepts')?.rule ?? null;
}
