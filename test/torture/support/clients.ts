/** Clients that apply, confirm and roll back on one host at the same time, and what each was told. */
import { Failure } from '../../../server/core/failure.ts';
import type { Model } from '../../../server/flow/model.ts';
import type { RunResult } from '../../../server/flow/run.ts';
import type { HostConnection } from '../../../server/host/connection.ts';
import { showPlan } from '../../../server/plan/document.ts';
import { planModel, runContext } from '../../../server/run/apply.ts';
import { applyPlan } from '../../../server/run/plans.ts';
import { confirmRun, rollbackRun } from '../../../server/run/window.ts';
import type { Operation } from './linear.ts';
import { pick } from './spoiled.ts';

export interface State {
  /** Which of the topologies is in place; -1: none. */
  readonly at: number;
  /** The run that waits, and what it goes back to. */
  readonly open: {
    readonly run: string;
    readonly before: number;
    /** Who had a plan of the host as it was before. */
    readonly upToDate: readonly string[];
  } | null;
  readonly ends: Readonly<Record<string, 'kept' | 'undone'>>;
  /** Clients whose plan was made of the host as it is now, sorted. */
  readonly upToDate: readonly string[];
}

export interface Told extends Operation<State> {
  readonly writes: boolean;
}

export interface Client {
  readonly name: string;
  readonly random: () => number;
  readonly connect: () => HostConnection;
  readonly models: readonly Model[];
  /** Of all clients: runs that somebody was told of. */
  readonly known: string[];
  /** Of all clients. */
  readonly told: Told[];
  /** How they do it: where a fault is planted. */
  readonly way: Way;
}

export interface Way {
  readonly apply: typeof applyPlan;
  readonly confirm: typeof confirmRun;
}

export const PRODUCT: Way = { apply: applyPlan, confirm: confirmRun };

const LONG_S = 600;

export async function doOneThing(client: Client): Promise<void> {
  const run = pick(client.random, ['', '', ...client.known]);
  await (run === '' ? apply(client) : end(client, run, client.random() < 0.5 ? 'confirm' : 'rollback'));
}

async function end(client: Client, run: string, verb: 'confirm' | 'rollback'): Promise<void> {
  const { models, connect, way, random } = client;
  const context = runContext(pick(random, models), connect);
  const calledMs = performance.now();
  const answer = await outcome((verb === 'confirm' ? way.confirm : rollbackRun)(run, ['here'], context));
  const become = verb === 'confirm' ? 'kept' : 'undone';
  note(client, { name: `${verb} ${run}`, calledMs, writes: true }, answer, (state) => {
    if (state.open?.run === run) {
      if (answer instanceof Failure) return [];
      const ends = { ...state.ends, [run]: become } as const;
      if (become === 'kept') return [{ ...state, open: null, ends }];
      // A plan goes by what the host is like: of what comes back it may be right again.
      const back = { at: state.open.before, open: null, ends };
      return [
        { ...back, upToDate: [] },
        { ...back, upToDate: state.open.upToDate },
      ];
    }
    // A second word for the same is no harm; the opposite is refused.
    return (state.ends[run] === become) === !(answer instanceof Failure) ? [state] : [];
  });
}

async function apply(client: Client): Promise<void> {
  const { name, models, connect, way, random, known } = client;
  const to = Math.floor(random() * models.length);
  const model = pick(() => to / models.length, models);
  const waits = random() < 0.4;
  const plannedMs = performance.now();
  const planned = await outcome(planModel(model, connect));
  note(client, { name: 'plan', calledMs: plannedMs, writes: false }, planned, (state) => [
    { ...state, upToDate: [...new Set([...state.upToDate, name])].sort() },
  ]);
  if (planned instanceof Failure) return;
  const calledMs = performance.now();
  const consent = waits ? { confirmWithinS: LONG_S } : {};
  const answer = await outcome(way.apply(showPlan(planned), runContext(model, connect), consent));
  if (!(answer instanceof Failure) && changed(answer) && waits) known.push(answer.run);
  note(
    client,
    { name: `apply ${String(to)}${waits ? ', to be confirmed' : ''}`, calledMs, writes: true },
    answer,
    (state) => afterApply(state, { client: name, to, waits, answer }),
  );
}

interface Applied {
  readonly client: string;
  readonly to: number;
  readonly waits: boolean;
  readonly answer: RunResult | Failure;
}

function afterApply(state: State, { client, to, waits, answer }: Applied): readonly State[] {
  const upToDate = state.upToDate.includes(client);
  if (answer instanceof Failure) {
    if (answer.kind === 'pending') return state.open === null ? [] : [state];
    return answer.kind === 'stale-plan' && !upToDate && state.open === null ? [state] : [];
  }
  const [host] = answer.hosts;
  if (state.open !== null || host?.failure !== null) return [];
  if (!changed(answer)) return state.at === to ? [state] : [];
  if (state.at === to || !upToDate) return [];
  const open = waits ? { run: answer.run, before: state.at, upToDate: state.upToDate } : null;
  return [{ ...state, at: to, open, upToDate: [] }];
}

function changed({ hosts }: RunResult): boolean {
  return hosts.some(({ result }) => result !== 'unchanged');
}

async function outcome<T>(doing: Promise<T>): Promise<T | Failure> {
  try {
    return await doing;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Whoever found the host held has not been told anything about its state. */
function note(
  client: Client,
  told: Pick<Told, 'name' | 'calledMs' | 'writes'>,
  answer: unknown,
  step: Told['step'],
): void {
  if (answer instanceof Failure && answer.kind === 'locked') return;
  const said = answer instanceof Failure ? answer.kind : 'done';
  const name = `${client.name}: ${told.name}: ${said}`;
  client.told.push({ ...told, name, returnedMs: performance.now(), step });
}
