/** Packets that are put to the filters of one stack alone, to see whether rules that ought to be there are. */
import { parseAddress } from '../../core/address.ts';
import type { Connection } from '../../reach/judge/connection.ts';
import type { Judgement } from '../../reach/judge/walk.ts';
import { judge } from '../../reach/judge/walk.ts';
import type { Packet, Tuple } from '../../reach/judge/packet.ts';
import { packetOf } from '../../reach/judge/packet.ts';
import type { Stack } from '../../reach/judge/stack.ts';
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

/** One address of the stack that others can reach it by. */
export function ownAddress({ stack }: AuditedStack, family: 4 | 6): OwnAddress | null {
  for (const { name, form, addresses } of stack.interfaces.values()) {
    if (form.type === 'loopback') continue;
    for (const each of addresses) {
      const parsed = parseAddress(each.split('/')[0] ?? '');
      if (parsed?.family === family && !/^fe80:/i.test(each)) return { device: name, address: parsed.value };
    }
  }
  return null;
}

/** Somebody out there: of the blocks that are kept for examples (RFC 5737, RFC 3849), so that no rule of theirs names it by chance. */
export const STRANGER = { 4: 0xc6_33_64_fen, 6: 0x2001_0db8_ffff_ffff_ffff_ffff_ffff_fffen } as const;
