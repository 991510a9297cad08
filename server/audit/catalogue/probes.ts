/** Packets that are put to the filters of one stack alone, to see whether rules that ought to be there are. */
import { addressPart, parseAddress } from '../../core/address.ts';
import type { Connection } from '../../reach/judge/connection.ts';
import type { Judgement } from '../../reach/judge/walk.ts';
import { judge } from '../../reach/judge/walk.ts';
import type { Packet, Tuple } from '../../reach/judge/packet.ts';
import { packetOf } from '../../reach/judge/packet.ts';
import type { Stack } from '../../reach/judge/stack.ts';
import { STRANGER, wayOut } from '../exposure.ts';
import type { AuditedStack } from '../scene.ts';

export interface Arriving {
  readonly tuple: Tuple;
  /** The interface that it comes in by. */
  readonly device: string;
  readonly connection: Connection;
  readonly known?: Packet;
}

/** Whether the host's own programs get it: asked of the rules, with a destination that is taken for the host's. */
export function comesIn(on: AuditedStack, { tuple, device, connection, known }: Arriving): Judgement {
  const here: Stack = { route: () => ({ type: 'local' }), address: () => undefined };
  return judge(on.rules, here, packetOf({ tuple, device, ...(known === undefined ? {} : { known }) }), connection);
}

export interface OwnAddress {
  readonly device: string;
  readonly address: bigint;
}

/**
 * The address that others out there know the stack by, on the interface that leads to them; `null` where it has no way out. By
 * any other interface a packet from there would rightly be refused.
 */
export function ownAddress({ stack }: AuditedStack, family: 4 | 6): OwnAddress | null {
  const device = wayOut(stack, family);
  for (const each of stack.interfaces.get(device ?? '')?.addresses ?? []) {
    const parsed = parseAddress(addressPart(each));
    if (device !== null && parsed?.family === family && !/^fe80:/i.test(each)) return { device, address: parsed.value };
  }
  return null;
}

export { STRANGER };
