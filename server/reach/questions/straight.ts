/**
 * What a neighbour on an external network hands to a gateway there, whatever the provider routes: a gateway that would pass it on
 * is open to them.
 */
import { addressPart, familyOf, mustParseAddress } from '../../core/address.ts';
import type { Family } from '../../core/address.ts';
import type { NetworkStack, StackId, World } from '../../flow/world.ts';
import type { Box } from '../sets/boxes.ts';
import { CERTAIN, everything, spread } from '../sets/spread.ts';
import { segmentOf } from '../walk/segment.ts';
import { sendingStraight } from '../world/straight.ts';
import { thinned } from './alike.ts';
import type { Row } from './row.ts';
import { rowsOf } from './rows.ts';

interface Asked {
  readonly narrow: Partial<Box>;
  /** As in `ManyQuestion`. */
  readonly to: readonly StackId[] | null;
  readonly mostAlike: number;
}

/** @throws TooComplex */
export function straightIn(
  world: World,
  internet: NetworkStack,
  family: Family,
  { narrow, to, mostAlike }: Asked,
): readonly Row[] {
  return entriesOf(world, internet, family).flatMap(({ far, at, via, device }) => {
    const box: Box = { ...everything(family), ...narrow };
    const start = { stack: far, device: at, path: [internet.id], box, sent: box, changed: new Set<keyof Box>() };
    const { list, open } = spread(world, family, [{ ...start, ...CERTAIN }]);
    const telling = {
      ...{ world: sendingStraight(world, { via, device }), from: internet.id, family, straight: far.node },
      to: to === null ? null : new Set(to),
    };
    const inside = list.filter(({ stack }) => stack !== internet.id);
    return rowsOf({ list: thinned(inside, mostAlike).kept, open }, telling).filter(({ state }) => state !== 'refused');
  });
}

interface Entry {
  readonly far: NetworkStack;
  /** Its interface there, and an address of it. */
  readonly at: string;
  readonly via: string;
  /** The interface of the node `internet`. */
  readonly device: string;
}

function entriesOf(world: World, internet: NetworkStack, family: Family): readonly Entry[] {
  const devices = [...internet.interfaces.values()].filter(
    ({ port, form }) => port === null && form.type !== 'loopback',
  );
  return devices.flatMap(({ name }) =>
    segmentOf(world, internet.id, name).endpoints.flatMap(({ stack: id, device }): readonly Entry[] => {
      const far = world.stacks.get(id);
      const via = firstAddress(far, device, family);
      return far === undefined || via === undefined || far.sort === 'guest'
        ? []
        : [{ far, at: device, via, device: name }];
    }),
  );
}

function firstAddress(stack: NetworkStack | undefined, device: string, family: Family): string | undefined {
  return (stack?.interfaces.get(device)?.addresses ?? [])
    .map(addressPart)
    .find((each) => familyOf(each) === family && mustParseAddress(each).value >> 118n !== 0x3fan);
}
