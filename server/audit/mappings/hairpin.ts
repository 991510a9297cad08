/** Whether a neighbour of the target can use the public address: a packet of one, and its answer, through the World. */
import { addressPart, formatAddress, prefixContains } from '../../core/address.ts';
import type { NetworkStack } from '../../flow/world.ts';
import { reach } from '../../reach/walk/reach.ts';
import type { LedgerRow } from '../ledger.ts';
import type { Scene } from '../scene.ts';
import type { LedgerEntry } from './ledger.ts';

export function withHairpins(scene: Scene, ledger: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const neighbours = new Map<string, Neighbour | null>();
  const neighbour = (stack: NetworkStack, device: string, family: 4 | 6): Neighbour | null => {
    const key = `${stack.id} ${device} ${String(family)}`;
    const found = neighbours.get(key) ?? neighbourOf(scene, stack, device, family);
    neighbours.set(key, found);
    return found;
  };
  return ledger.map((entry) => ({ ...entry, row: { ...entry.row, hairpin: hairpinOf(scene, entry, neighbour) } }));
}

function hairpinOf(
  scene: Scene,
  { family, addresses, protocol, ports, owner }: LedgerEntry,
  neighbour: (stack: NetworkStack, device: string, family: 4 | 6) => Neighbour | null,
): LedgerRow['hairpin'] {
  const word = protocol === 6n ? 'tcp' : protocol === 17n ? 'udp' : null;
  if (owner === null || addresses === null || ports === null || word === null) return 'unknown';
  const from = neighbour(owner.stack, owner.device, family);
  if (from === null) return 'unknown';
  const { verdict } = reach(scene.world, {
    ...{ from: from.stack.id, source: from.address, protocol: word, listening: true },
    ...{ to: formatAddress(family, addresses.first), port: Number(ports.first) },
  });
  return verdict === 'delivered' ? 'works' : verdict === 'unknown' ? 'unknown' : 'fails';
}

interface Neighbour {
  readonly stack: NetworkStack;
  readonly address: string;
}

/** Somebody else with an address of the same subnet, a guest. */
function neighbourOf(scene: Scene, target: NetworkStack, device: string, family: 4 | 6): Neighbour | null {
  const subnets = (target.interfaces.get(device)?.addresses ?? []).filter(
    (each) => each.includes(':') === (family === 6),
  );
  for (const stack of scene.world.stacks.values()) {
    if (stack === target || stack.sort !== 'guest') continue;
    for (const { addresses } of stack.interfaces.values()) {
      const found = addresses.find((each) => subnets.some((subnet) => isIn(subnet, each)));
      if (found !== undefined) return { stack, address: addressPart(found) };
    }
  }
  return null;
}

function isIn(subnet: string, address: string): boolean {
  return subnet.includes(':') === address.includes(':') && prefixContains(subnet, addressPart(address));
}
