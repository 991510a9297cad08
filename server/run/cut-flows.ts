/**
 * Stage: rules written and verified → the established flows that they no longer cover, gone. One exchange to read what flows
 * there are, one to cut; none where the plan has no such step. What cannot be read or judged is left, and said.
 */
import { Failure } from '../core/failure.ts';
import { inScope } from '../flow/command.ts';
import type { HostView, ScopeView } from '../flow/hostview.ts';
import type { HostPlan } from '../flow/plan.ts';
import type { Resource, Scope } from '../flow/resource.ts';
import type { FlowsJudged } from '../flow/run.ts';
import type { HostSession, Program, ProgramResult } from '../host/connection.ts';
import type { Kind } from '../kinds/kind.ts';
import { fateOf } from '../reach/flows/cut.ts';
import type { Fate } from '../reach/flows/cut.ts';
import { deletions, readFlows } from '../reach/flows/entry.ts';
import type { Flow } from '../reach/flows/entry.ts';
import { routesOf } from '../reach/routes.ts';
import { readRuleset } from '../reach/rules/read.ts';
import type { Ruleset } from '../reach/rules/ruleset.ts';
import { FLOWS_SCRIPT } from './flows-script.ts';
import { FLOWS_JUDGED, inBatch } from './journal.ts';
import type { RunContext } from './context.ts';

export interface Written {
  readonly plan: HostPlan;
  readonly session: HostSession;
  readonly begun: number;
  /** As observed after the change: where packets go now. */
  readonly view: HostView;
}

/** Never fails a run whose rules stand: what was not cut is told, and stays owed (see `flows-owed.ts`). */
export async function cutFlows(written: Written, context: RunContext): Promise<readonly FlowsJudged[]> {
  const { plan, session } = written;
  const scopes = plan.steps.flatMap(({ cutsFlowsIn }) => (cutsFlowsIn === undefined ? [] : [cutsFlowsIn]));
  const judged: FlowsJudged[] = [];
  for (const scope of scopes) {
    const outcome = await judgedIn(scope, written, context);
    if (outcome === undefined) continue;
    judged.push(outcome);
  }
  if (judged.length > 0 && judged.every(({ cut }) => cut !== null)) await session.run([FLOWS_JUDGED]);
  return judged;
}

async function judgedIn(scope: Scope, written: Written, { kinds }: RunContext): Promise<FlowsJudged | undefined> {
  const { plan, session, begun, view } = written;
  const rules = flowRules(scope, plan, view, kinds);
  if (rules === undefined) return undefined;
  try {
    return await cutIn({ scope, ...rules }, { session, wrap: (program) => inBatch(program, begun) });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return notJudged(scope, error);
  }
}

export function notJudged(scope: Scope, { message, detail }: Failure): FlowsJudged {
  return {
    scope,
    cut: null,
    kept: null,
    undecided: null,
    note: detail === undefined ? message : `${message}: ${detail}`,
  };
}

/** `gw-x: 2 established flows cut, 1 kept` */
export function flowLines(host: string, { scope, cut, kept, undecided, note }: FlowsJudged): readonly string[] {
  const place = scope === '' ? host : `${host}, ${scope}`;
  if (cut === null || kept === null) return [`${place}: ${note ?? 'established flows could not be judged'}`];
  const left = undecided ?? 0;
  return [
    ...(left > 0
      ? [
          `${place}: ${flows(left)} left, since it cannot be said whether ${left === 1 ? 'it is' : 'they are'} still covered`,
        ]
      : []),
    ...(cut > 0 ? [`${place}: ${flows(cut)} cut, ${String(kept)} kept`] : []),
  ];
}

function flows(count: number): string {
  return `${String(count)} established ${count === 1 ? 'flow' : 'flows'}`;
}

/** Flows of one network stack, the rules that stood there when they may have begun, and those that stand there now. */
export interface Judging {
  readonly scope: Scope;
  readonly befores: readonly Ruleset[];
  readonly after: Ruleset;
  readonly stack: ScopeView;
}

export interface Cutting {
  readonly session: HostSession;
  readonly wrap?: (program: Program) => Program;
}

/** Throws a Failure that says that nothing was cut. */
export async function cutIn({ scope, befores, after, stack }: Judging, cutting: Cutting): Promise<FlowsJudged> {
  const links = new Set([...stack.links.values()].map(({ name }) => name));
  const named = [after, ...befores].flatMap(namedDevices);
  const devices = [...new Set(named)].filter((name) => name !== 'lo' && links.has(name));
  const rules = { after, routes: routesOf(stack), devices, alone: scope !== '' };
  const listed = await flowsIn(scope, cutting);
  const fates = Map.groupBy(listed, (flow) => worstFate(befores.map((before) => fateOf(flow, { ...rules, before }))));
  const doomed = fates.get('cut') ?? [];
  const undecided = fates.get('undecided')?.length ?? 0;
  if (doomed.length > 0) await ask(cutting, program(scope, 'delete', deletions(doomed)));
  return { scope, cut: doomed.length, kept: listed.length - doomed.length, undecided };
}

/** Whichever of the rules let it in: cut where one of them explains it, and what stands now does not cover it. */
function worstFate(fates: readonly Fate[]): Fate {
  return fates.includes('cut') ? 'cut' : fates.includes('undecided') ? 'undecided' : 'kept';
}

/** All that conntrack has there; throws a Failure that says that nothing was cut. */
async function flowsIn(scope: Scope, cutting: Cutting): Promise<readonly Flow[]> {
  const { stdout } = await ask(cutting, program(scope, 'list'));
  try {
    return readFlows(stdout);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw notCut(cutting.session, error.message);
  }
}

function program(scope: Scope, verb: 'list' | 'delete', stdin: Buffer = Buffer.alloc(0)): Program {
  return { argv: inScope(scope, ['perl', '-e', FLOWS_SCRIPT, verb]), stdin };
}

async function ask({ session, wrap = (same) => same }: Cutting, one: Program): Promise<ProgramResult> {
  const [result] = await session.run([wrap(one)]);
  if (result?.exitCode === 0) return result;
  const said = result?.stderr.toString('utf8').trim() ?? 'no answer';
  throw notCut(session, result?.exitCode === 127 ? `${said}. It needs perl: apt-get install perl-base.` : said);
}

function notCut({ host }: HostSession, why: string): Failure {
  return new Failure('observation', `established flows on ${host} could not be cut, and pass until they end`, {
    detail: why,
  });
}

/** The rules of before and after, of everything of the topology in that scope. */
function flowRules(
  scope: Scope,
  plan: HostPlan,
  view: HostView,
  kinds: readonly Kind[],
): Omit<Judging, 'scope'> | undefined {
  const stack = view.scopes.get(scope);
  if (stack === undefined) return undefined;
  const after = new Map(plan.desired.filter((each) => each.scope === scope).map((each) => [each.id, each]));
  const before = new Map(after);
  for (const step of plan.steps.filter(({ first }) => first)) {
    if (step.before === null) before.delete(step.resource);
    else if (step.before.scope === scope) before.set(step.resource, step.before);
  }
  return { befores: [rulesetOf([...before.values()], kinds)], after: rulesetOf([...after.values()], kinds), stack };
}

export function rulesetOf(resources: readonly Resource[], kinds: readonly Kind[]): Ruleset {
  const byName = new Map(kinds.map((each) => [each.name, each]));
  return readRuleset(resources.flatMap((each) => byName.get(each.kind)?.packetRules?.(each) ?? []));
}

function namedDevices(ruleset: Ruleset): readonly string[] {
  return ruleset.tables.flatMap(({ chains, sets }) => {
    const inRules = [...chains.values()].flatMap(({ rules }) =>
      rules.flatMap(({ statements }) =>
        statements.flatMap((each) =>
          (each.type === 'match' || each.type === 'vmap') && 'members' in each.among ? [each.among.members] : [],
        ),
      ),
    );
    return [...sets.values(), ...inRules].flatMap(({ entries }) =>
      entries.flatMap(({ key }) => key.flatMap((part) => ('name' in part && !part.prefix ? [part.name] : []))),
    );
  });
}
