/** What the kernel puts into the tables of a stack by itself, for the addresses that its interfaces have. */
import { addressPart, bitsOf, familyOf, hostPrefix, mustParsePrefix } from '../../core/address.ts';
import type { Family, InterfaceAddress } from '../../core/address.ts';
import type { Interface, StackRoute, StackRule } from '../../flow/world.ts';

/** fib_frontend.c (fib_add_ifaddr), addrconf.c (addrconf_prefix_route): a connected one for the subnet, a local one for itself. */
export function kernelRoutes(interfaces: Iterable<Interface>): readonly StackRoute[] {
  return [...interfaces].flatMap(({ name, up, form, addresses }) =>
    up ? addresses.flatMap((each) => routesOf(name, each, form.type === 'loopback')) : [],
  );
}

function routesOf(device: string, address: InterfaceAddress, loopback: boolean): readonly StackRoute[] {
  const family = familyOf(address);
  const { length, text } = mustParsePrefix(address);
  const own = addressPart(address);
  const by = { family, ways: [{ via: null, device }], protocol: 'kernel', unknown: [] };
  const whole = loopback && family === 4 ? text : hostPrefix(own);
  const source = family === 4 ? own : null;
  const local: StackRoute = { ...by, table: 'local', type: 'local', to: whole, metric: 0, source };
  // A whole address of IPv4 has no subnet; of IPv6 it gets the route all the same.
  if (loopback || (family === 4 && length === bitsOf(4))) return [local];
  return [local, { ...by, table: 'main', type: 'unicast', to: text, metric: family === 4 ? 0 : 256, source }];
}

/** fib_rules.c, fib6_rules.c: what every stack starts with. */
export const KERNEL_RULES: readonly StackRule[] = [kernelRule(4, 0, 'local'), kernelRule(4, 32_766, 'main')].concat(
  [kernelRule(4, 32_767, 'default'), kernelRule(6, 0, 'local')],
  [kernelRule(6, 32_766, 'main')],
);

function kernelRule(family: Family, priority: number, table: string): StackRule {
  return { family, priority, from: null, mark: null, table, suppressed: null, unknown: [] };
}

export function byPriority(a: StackRule, b: StackRule): number {
  return a.priority - b.priority;
}

export const LOOPBACK: Interface = {
  name: 'lo',
  up: true,
  mac: null,
  mtu: 65_536,
  addresses: ['127.0.0.1/8', '::1/128'],
  form: { type: 'loopback' },
  port: null,
  vlans: [],
};
