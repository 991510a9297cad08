/**
 * In: the Model. Out: what makes a guest the transparent proxy that a gateway hands connections to. What it opens in the client's
 * name is a connection of its own, from another port; to whoever follows packets it is as if it passed them on, those and no others.
 */
import type { Json } from '../../core/json.ts';
import type { Guest, Model, PortRange } from '../../flow/model.ts';
import type { NetworkStack, StackTable } from '../../flow/world.ts';

/** What is handed to a guest, by protocol. */
interface Taken {
  readonly protocol: 'tcp' | 'udp';
  readonly ports: readonly PortRange[];
}

export function takenBy(model: Model, { name }: Guest): readonly Taken[] {
  return [...model.gateways.values()]
    .flatMap(({ intercepts }) => intercepts)
    .filter(({ targets }) => targets.some(({ guest }) => guest === name))
    .flatMap(({ services }) =>
      services.flatMap((each) => (each.protocol === 'tcp' || each.protocol === 'udp' ? [each] : [])),
    );
}

export function asProxy(stack: NetworkStack, taken: readonly Taken[]): NetworkStack {
  if (taken.length === 0) return stack;
  const settings = new Map([...stack.settings, ['net/ipv4/ip_forward', '1'], ['net/ipv6/conf/all/forwarding', '1']]);
  return { ...stack, settings, tables: [...stack.tables, passesOn(taken)] };
}

/** A range that no client begins from. */
const OWN_PORTS = [61_000, 61_999] as const;

function passesOn(taken: readonly Taken[]): StackTable {
  const at = { family: 'inet', table: 'transparent-proxy' };
  const chain = (
    name: string,
    type: string,
    hook: string,
    prio: number,
    policy: string,
  ): Readonly<Record<string, Json>> => ({
    chain: { ...at, name, type, hook, prio, policy },
  });
  const rule = (name: string, comment: string, ...expr: readonly Json[]): Readonly<Record<string, Json>> => ({
    rule: { ...at, chain: name, comment, expr },
  });
  const state = { match: { op: 'in', left: { ct: { key: 'state' } }, right: 'established' } };
  return {
    ...{ family: 'inet', name: at.table },
    objects: [
      { table: { family: 'inet', name: at.table } },
      chain('proxy-forward', 'filter', 'forward', 0, 'drop'),
      chain('proxy-postrouting', 'nat', 'postrouting', 100, 'accept'),
      rule('proxy-forward', 'answered', state, { accept: null }),
      ...taken.map(({ protocol, ports }) => {
        const right = { set: ports.map(({ first, last }) => (first === last ? first : { range: [first, last] })) };
        return rule(
          'proxy-forward',
          'relayed',
          { match: { op: '==', left: { payload: { protocol, field: 'dport' } }, right } },
          { accept: null },
        );
      }),
      rule('proxy-postrouting', 'own-connection', { snat: { port: { range: [...OWN_PORTS] } } }),
    ],
  };
}
