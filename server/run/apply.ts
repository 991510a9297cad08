/** Stage: a model → its desired states → plans → runs. What `plan`, `apply`, `destroy`, `status` and the lab start from. */
import type { Count } from '../core/count.ts';
import type { Model, Host } from '../flow/model.ts';
import type { Plan } from '../flow/plan.ts';
import type { DesiredState } from '../flow/resource.ts';
import type { RunResult } from '../flow/run.ts';
import type { HostConnection } from '../host/connection.ts';
import { KINDS } from '../kinds/index.ts';
import { desiredState } from '../model/desired.ts';
import { applyUnseen, makePlan } from './plans.ts';
import type { RunContext } from './context.ts';
import { refuseMissing } from './missing.ts';

export type ConnectionOf = (host: Host) => HostConnection;

export interface ApplyOptions {
  readonly progress?: (line: string) => void;
  readonly count?: Count;
  readonly log?: RunContext['log'];
  /** Only these hosts; all of the model where absent. */
  readonly hosts?: readonly string[];
}

export function runContext(model: Model, connectionOf: ConnectionOf, options: ApplyOptions = {}): RunContext {
  const connect = (name: string): HostConnection => {
    const host = model.hosts.get(name);
    if (host === undefined) throw new TypeError(`no host ${name} in the model`);
    return connectionOf(host);
  };
  return {
    kinds: KINDS,
    connectionOf: connect,
    ...(options.progress === undefined ? {} : { progress: options.progress }),
    ...(options.count === undefined ? {} : { count: options.count }),
    ...(options.log === undefined ? {} : { log: options.log }),
  };
}

/** Throws `unsupported` where something in the model has no kind that would carry it out. */
export function desiredStates(model: Model, hosts?: readonly string[]): readonly DesiredState[] {
  refuseMissing(model);
  return (hosts ?? [...model.hosts.keys()]).map((host) => desiredState(model, host, KINDS));
}

/** What destroying wants: nothing. */
export function emptyStates(topology: string, hosts: readonly string[]): readonly DesiredState[] {
  return hosts.map((host) => ({ topology, host, resources: new Map() }));
}

export function planModel(model: Model, connectionOf: ConnectionOf, options: ApplyOptions = {}): Promise<Plan> {
  return makePlan(desiredStates(model, options.hosts), runContext(model, connectionOf, options));
}

/** Plans and applies in one go, without asking. */
export function applyModel(model: Model, connectionOf: ConnectionOf, options: ApplyOptions = {}): Promise<RunResult> {
  return applyUnseen(desiredStates(model, options.hosts), runContext(model, connectionOf, options));
}

/** Removes what the topology made on the hosts of the model, and nothing else. */
export function destroyModel(model: Model, connectionOf: ConnectionOf, options: ApplyOptions = {}): Promise<RunResult> {
  const hosts = options.hosts ?? [...model.hosts.keys()];
  return applyUnseen(emptyStates(model.topology, hosts), runContext(model, connectionOf, options));
}
