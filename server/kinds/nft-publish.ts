/** Port mappings sorted by what they need: a translation or none, one port or a range, any source or some. */
import type { Family } from '../core/address.ts';
import { familyOf } from '../core/address.ts';
import type { DataType, Interval } from '../core/nft/ast.ts';
import { mergeIntervals } from '../core/nft/interval.ts';
import { prefixValue } from '../core/nft/write.ts';
import type { Gateway, PortRange, Publish } from '../flow/model.ts';
import { inFamily } from './nft-gateway.ts';

/** All that a gateway opens to those who may use it: a balanced service is a mapping to each of its targets. */
export function openedBy({ publishes, balances }: Gateway): readonly Publish[] {
  return [
    ...publishes,
    ...balances.flatMap(({ targets, ...balance }) => targets.map((target) => ({ ...balance, target, from: null }))),
  ];
}

export function publishesOf(publishes: readonly Publish[], family: Family): readonly Publish[] {
  return publishes.filter(
    (publish) => familyOf(publish.listen) === family && familyOf(publish.target.address) === family,
  );
}

/** Whether the address or port changes on the way; a publish of the guest's own address and port only opens. */
export function isTranslated({ listen, target, ports }: Publish): boolean {
  return listen !== target.address || (target.port !== null && target.port !== ports.first);
}

export function addressType(family: Family): DataType {
  return family === 4 ? 'ipv4_addr' : 'ipv6_addr';
}

export function portValue({ first, last }: PortRange): Interval {
  return first === last ? first : { range: [first, last] };
}

export function isRange({ ports }: Publish): boolean {
  return ports.first !== ports.last;
}

/** Ports at the guest. */
export function targetPorts({ target, ports }: Publish): Interval {
  return target.port ?? portValue(ports);
}

/** The sources that it is limited to, overlaps joined: two elements of a set may not overlap. */
export function admittedSources(publish: Publish, family: Family): readonly Interval[] {
  return mergeIntervals(addressType(family), inFamily(family, publish.from ?? []).map(prefixValue));
}
