/** A host with two ports, planned and changed through the real stages. Firewalls have tests of their own. */
import { expect } from 'vitest';
import type { Host, Model } from '../../../server/flow/model.ts';
import type { HostPlan } from '../../../server/flow/plan.ts';
import type { HostSession } from '../../../server/host/connection.ts';
import { KINDS } from '../../../server/kinds/index.ts';
import { planHost } from '../../../server/plan/host.ts';
import { executeSteps } from '../../../server/run/execute.ts';
import { observeFor } from '../../../server/run/observe.ts';
import { openHostNamespace } from './host-namespace.ts';

const KINDS_HERE = KINDS.filter(({ name }) => name !== 'firewall' && name !== 'nat');

export interface Machine {
  readonly session: HostSession;
  sh(script: string): string;
  /** @param model nothing is wanted without one. */
  plan(model: Model | undefined, host: Host): Promise<HostPlan>;
  change(model: Model | undefined, host: Host): Promise<HostPlan>;
  close(): Promise<void>;
}

export async function openMachine(): Promise<Machine> {
  const namespace = await openHostNamespace('gw-x');
  // A port is one end of a veth pair: what is plugged into its other end is the wire.
  namespace.sh(`
    ip link add eno1 type veth peer name wire1
    ip link add eno2 type veth peer name wire2
    echo 1 > /proc/sys/net/ipv6/conf/wire1/disable_ipv6
    echo 1 > /proc/sys/net/ipv6/conf/wire2/disable_ipv6
    ip link set dev wire1 up
    ip link set dev wire2 up
    echo 1 > /proc/sys/net/ipv4/ip_forward`);
  const session = await namespace.connection.open({ lock: false });

  const plan = async (model: Model | undefined, host: Host): Promise<HostPlan> => {
    const wanted = model === undefined ? [] : KINDS_HERE.flatMap((kind) => kind.desire(model, host));
    const state = { topology: 'shop', host: 'gw-x', resources: new Map(wanted.map((each) => [each.id, each])) };
    return planHost(state, await observeFor(session, state, KINDS_HERE), KINDS_HERE);
  };
  return {
    session,
    sh: (script) => namespace.sh(script),
    plan,
    async change(model, host) {
      const made = await plan(model, host);
      expect(made.obstacles).toEqual([]);
      expect((await executeSteps(session, made.steps)).failure).toBeNull();
      return made;
    },
    async close() {
      await session.close();
      await namespace.close();
    },
  };
}

/** What a plan would do, a line a step: nothing, once all is as wanted. */
export function stepLines({ steps }: HostPlan): readonly string[] {
  return steps.map(({ action, resource, fields }) => `${action} ${resource} ${JSON.stringify(fields)}`);
}
