/**
 * Stage: rules written and verified → the established flows that they no longer cover, gone. One exchange to read what flows
 * there are, one to cut; none where the plan has no such step. What cannot be read or judged is left, and said.
 */
import { Failure } from '../core/failure.ts';
import { inScope } from '../flow/command.ts';
import type { HostView } from '../flow/hostview.ts';
import type { HostPlan } from '../flow/plan.ts';
import type { Resource, Scope } from '../flow/resource.ts';
import type { HostSession, Program, ProgramResult } from '../host/connection.ts';
import type { Kind } from '../kinds/kind.ts';
import { fateOf } from '../reach/flows/cut.ts';
import type { FlowRules } from '../reach/flows/cut.ts';
import { deletions, readFlows } from '../reach/flows/entry.ts';
import type { Flow } from '../reach/flows/entry.ts';
import { routesOf } from '../reach/routes.ts';
import { readRuleset } from '../reach/rules/read.ts';
import type { Ruleset } from '../reach/rules/ruleset.ts';
import { FLOWS_SCRIPT } from './flows-script.ts';
import { inBatch } from './journal.ts';
import type { RunContext } from './context.ts';

export interface Written {
  readonly plan: HostPlan;
  readonly session: HostSession;
  readonly begun: number;
  /** As observed after the change: where packets go now. */
  readonly view: HostView;
}

/** Never fails a run whose rules stand: what was not cut is told. */
export async function cutFlows(written: Written, context: RunContext): Promise<void> {
  const scopes = written.plan.steps.flatMap(({ cutsFlowsIn }) => (cutsFlowsIn === undefined ? [] : [cutsFlowsIn]));
  for (const scope of scopes) {
    try {
      await cutIn(scope, written, context);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      context.progress?.(`${written.plan.host}: ${error.message}: ${error.detail ?? ''}`);
    }
  }
}

async function cutIn(scope: Scope, { plan, session, begun, view }: Written, context: RunContext): Promise<void> {
  const rules = flowRules(scope, plan, view, context.kinds);
  if (rules === undefined) return;
  const listed = await flowsIn(scope, session, begun);
  const fates = Map.groupBy(listed, (flow) => fateOf(flow, rules));
  const doomed = fates.get('cut') ?? [];
  const place = scope === '' ? plan.host : `${plan.host}, ${scope}`;
  const undecided = fates.get('undecided')?.length ?? 0;
  if (undecided > 0)
    context.progress?.(
      `${place}: ${String(undecided)} established flows are left, since it cannot be said whether they are still covered`,
    );
  if (doomed.length === 0) return;
  await ask(session, inBatch(program(scope, 'delete', deletions(doomed)), begun));
  context.progress?.(
    `${place}: ${String(doomed.length)} established flows cut, ${String(listed.length - doomed.length)} kept`,
  );
}

/** All that conntrack has there; throws a Failure that says that nothing was cut. */
async function flowsIn(scope: Scope, session: HostSession, begun: number): Promise<readonly Flow[]> {
  const { stdout } = await ask(session, inBatch(program(scope, 'list'), begun));
  try {
    return readFlows(stdout);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw notCut(session, error.message);
  }
}

function program(scope: Scope, verb: 'list' | 'delete', stdin: Buffer = Buffer.alloc(0)): Program {
  return { argv: inScope(scope, ['perl', '-e', FLOWS_SCRIPT, verb]), stdin };
}

async function ask(session: HostSession, one: Program): Promise<ProgramResult> {
  const [result] = await session.run([one]);
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
function flowRules(scope: Scope, plan: HostPlan, view: HostView, kinds: readonly Kind[]): FlowRules | undefined {
  const stack = view.scopes.get(scope);
  if (stack === undefined) return undefined;
  const after = new Map(plan.desired.filter((each) => each.scope === scope).map((each) => [each.id, each]));
  const before = new Map(after);
  for (const step of plan.steps.filter(({ first }) => first)) {
    if (step.before === null) before.delete(step.resource);
    else if (step.before.scope === scope) before.set(step.resource, step.before);
  }
  const rulesets = [before, after].map((resources) => rulesetOf([...resources.values()], kinds));
  const [former, next] = rulesets;
  if (former === undefined || next === undefined) return undefined;
  const links = new Set([...stack.links.values()].map(({ name }) => name));
  const devices = [...new Set(rulesets.flatMap(namedDevices))].filter((name) => name !== 'lo' && links.has(name));
  return { before: former, after: next, routes: routesOf(stack), devices, alone: scope !== '' };
}

function rulesetOf(resources: readonly Resource[], kinds: readonly Kind[]): Ruleset {
  const byName = new Map(kinds.map((kind) => [kind.name, kind]));
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
