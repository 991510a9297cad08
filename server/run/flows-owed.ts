/**
 * Rules that stood on a host while a run was made there, for as long as nobody has judged the flows that they let in by what
 * stands now. They are laid down with the run, before its first write, and stay on the host (`/run/trunkline/owed`) where it
 * breaks off before its flows were cut, or is undone: a host can take rules back by itself, and cannot judge flows by them, for
 * that takes a model of the rules. Whoever comes next does: the next apply of any topology, or `rollback`.
 */
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import type { HostPlan } from '../flow/plan.ts';
import type { Resource, Scope } from '../flow/resource.ts';
import type { FlowsJudged } from '../flow/run.ts';
import type { HostSession } from '../host/connection.ts';
import type { Kind } from '../kinds/kind.ts';
import { compareHost } from '../plan/compare.ts';
import type { RunContext } from './context.ts';
import { cutIn, notJudged, rulesetOf } from './cut-flows.ts';
import type { OwedText } from './journal.ts';
import { forgetOwed, openWithOwed } from './journal.ts';
import { observeOnce } from './observe.ts';

const FORMAT = 1;

const Stood = z.object({
  formatVersion: z.number().int(),
  topology: z.string(),
  scopes: z.array(
    z.object({
      scope: z.string(),
      rules: z.array(z.looseObject({ kind: z.string(), id: z.string(), scope: z.string() })),
    }),
  ),
});
type Stood = z.infer<typeof Stood>;

/** What is laid down with a run: by files of its folder. `after` is needed where it is undone, `before` until it has cut. */
export interface RunFlows {
  readonly before: string | null;
  readonly after: string | null;
}

export function flowsOf(topology: string, plan: HostPlan, kinds: readonly Kind[]): RunFlows {
  const judging = new Map(kinds.filter((each) => each.packetRules !== undefined).map((each) => [each.name, each]));
  const after = plan.desired.filter(({ kind }) => judging.has(kind));
  const steps = plan.steps.filter((step) => step.first && judging.has(step.kind));
  const before = new Map(after.map((each) => [each.id, each]));
  for (const step of steps) {
    if (step.before === null) before.delete(step.resource);
    else before.set(step.resource, step.before);
  }
  const stopping = new Set(plan.steps.flatMap(({ cutsFlowsIn }) => cutsFlowsIn ?? []));
  const opening = new Set(
    steps.flatMap((step) => {
      const { after: next } = step;
      if (next === null) return [];
      // Nothing of ours is left in a namespace that had no rules before: it goes as a whole.
      if (step.before === null && next.scope !== '') return [];
      return judging.get(step.kind)?.mayStop?.(next, step.before ?? undefined) === true ? [next.scope] : [];
    }),
  );
  return {
    before: textOf(topology, [...before.values()], stopping),
    after: textOf(topology, after, opening),
  };
}

function textOf(topology: string, rules: readonly Resource[], scopes: ReadonlySet<Scope>): string | null {
  if (scopes.size === 0) return null;
  const byScope = [...scopes].map((scope) => ({ scope, rules: rules.filter((each) => each.scope === scope) }));
  return JSON.stringify({ formatVersion: FORMAT, topology, scopes: byScope });
}

/**
 * Judges what is owed on a host by the rules that stand there now, and cuts what they do not cover. Never fails: what could not
 * be judged is answered with, and stays owed. Answers with what became of the flows, by scope; nothing where none is owed.
 */
export async function settleFlows(
  session: HostSession,
  context: RunContext,
  known?: readonly OwedText[],
): Promise<readonly FlowsJudged[]> {
  try {
    const owed = known ?? (await owedBeside(session));
    const stood = owed.flatMap((each) => readStood(session.host, each, context) ?? []);
    const judged: FlowsJudged[] = [];
    for (const [topology, own] of Map.groupBy(stood, (each) => each.topology))
      judged.push(...(await settleTopology(session, topology, own, context)));
    const failed = judged.some(({ cut }) => cut === null);
    if (owed.length > 0 && !failed) await forgetOwed(session, [...new Set(owed.map(({ run }) => run))]);
    return judged;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [notJudged('', error)];
  }
}

/** Of a run that is open there still it is not the time yet. */
async function owedBeside(session: HostSession): Promise<readonly OwedText[]> {
  const { open, owed } = await openWithOwed(session);
  return owed.filter(({ run }) => run !== open?.run);
}

function readStood(host: string, { run, text }: OwedText, { kinds, progress }: RunContext): Stood | undefined {
  const parsed = Stood.safeParse(json(text));
  const byName = new Map(kinds.map((each) => [each.name, each]));
  const known =
    parsed.data?.formatVersion === FORMAT &&
    parsed.data.scopes.every(({ rules }) =>
      rules.every((each) => byName.get(each.kind)?.schema.safeParse(each).success),
    );
  if (known) return parsed.data;
  progress?.(`${host}: flows of run ${run} cannot be judged: the rules of that time are not in a format known here`);
  return undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function settleTopology(
  session: HostSession,
  topology: string,
  stood: readonly Stood[],
  context: RunContext,
): Promise<readonly FlowsJudged[]> {
  const { kinds } = context;
  const { host } = session;
  const scopes = stood.flatMap((each) => each.scopes);
  const resources = new Map(scopes.flatMap(({ rules }) => rules.map((each) => [each.id, each] as const)));
  const view = await observeOnce(session, { topology, host, resources }, kinds);
  const now = [...compareHost({ topology, host, desired: new Map(), view, kinds }).observed.values()];
  const judged: FlowsJudged[] = [];
  for (const [scope, own] of Map.groupBy(scopes, (each) => each.scope)) {
    const stack = view.scopes.get(scope);
    if (stack === undefined) continue;
    const after = rulesetOf(
      now.filter((each) => each.scope === scope),
      kinds,
    );
    const befores = own.map(({ rules }) => rulesetOf(rules, kinds));
    const outcome = await cutIn({ scope, befores, after, stack }, { session });
    judged.push(outcome);
  }
  return judged;
}
