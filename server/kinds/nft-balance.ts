/**
 * Services that a gateway spreads over several targets: who gets a connection is drawn as a number, and a map leads from the number to
 * the target. There are more numbers than targets, so that those of a target that is lost go to all others alike.
 */
import { familyOf } from '../core/address.ts';
import type { Family } from '../core/address.ts';
import type { NamedSet, Scalar } from '../core/nft/ast.ts';
import { renderKey } from '../core/nft/render.ts';
import { sameJson } from '../core/json.ts';
import type { Balance, Target } from '../flow/model.ts';
import { addressType, portValue } from './nft-publish.ts';

/** Above the marks that lead packets to routing tables. */
export const FIRST_NUMBER = 0x1_0000;

/** Of two to six targets any may be lost, and the others still get the same. */
export function numbersOf({ targets }: Balance): number {
  const { length } = targets;
  if (length === 1) return 1;
  return length <= 4 || length === 6 ? 12 : length <= 60 ? 60 : length;
}

export function balancesIn(balances: readonly Balance[], family: Family): readonly Balance[] {
  return balances.filter(({ listen }) => familyOf(listen) === family);
}

/** Where nobody looks after the targets the map stays as it is; else whoever does fills it. */
export function balanceMapName({ listen, ports, health }: Balance): string {
  const word = health === 'none' ? 'balance' : 'alive';
  return [word, ...(ports.first === ports.last ? [] : ['ranges']), String(familyOf(listen))].join('-');
}

/** What is behind the number in a key of the map. */
export function keyTail({ listen, protocol, ports }: Balance): NamedSet['elements'][number]['key'] {
  return [listen, protocol, portValue(ports)];
}

export function valueOf({ ports }: Balance, { address, port }: Target): Scalar[] {
  return ports.first === ports.last ? [address, port ?? ports.first] : [address];
}

export function balanceMap(family: Family, balances: readonly Balance[]): NamedSet {
  const address = addressType(family);
  const ranges = balances.some(({ ports }) => ports.first !== ports.last);
  return {
    key: ['mark', address, 'inet_proto', 'inet_service'],
    data: ranges ? [address] : [address, 'inet_service'],
    interval: ranges,
    counter: false,
    elements: balances.flatMap((balance) =>
      Array.from({ length: numbersOf(balance) }, (_, index) => {
        const target = balance.targets[index % balance.targets.length];
        return target === undefined
          ? []
          : [{ key: [FIRST_NUMBER + index, ...keyTail(balance)], id: null, value: valueOf(balance, target) }];
      }).flat(),
    ),
  };
}

const FILLED_MEANWHILE = /^alive-/;

/**
 * A map that is filled by whoever looks after the targets is as wanted where it leads to nobody but targets: with those that are
 * lost left out, and empty where all are.
 */
export function withTargetsAlive(
  found: Readonly<Record<string, NamedSet>>,
  wanted: Readonly<Record<string, NamedSet>> | undefined,
): Record<string, NamedSet> {
  return Object.fromEntries(
    Object.entries(found).map(([name, set]) => {
      const whole = FILLED_MEANWHILE.test(name) ? wanted?.[name] : undefined;
      return [name, whole !== undefined && isPartOf(set, whole) ? whole : set];
    }),
  );
}

function isPartOf(found: NamedSet, whole: NamedSet): boolean {
  if (!sameJson({ ...found, elements: [] }, { ...whole, elements: [] })) return false;
  const [keys, targets] = [new Set<string>(), new Set<string>()];
  for (const { key, value } of whole.elements) {
    keys.add(renderKey(whole.key, key));
    targets.add(JSON.stringify([key.slice(1), value]));
  }
  return found.elements.every(
    ({ key, value }) => keys.has(renderKey(whole.key, key)) && targets.has(JSON.stringify([key.slice(1), value])),
  );
}
