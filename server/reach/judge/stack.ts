/** What a stack knows beside its rules. */
import type { FieldName } from '../rules/field-names.ts';
import type { Packet } from './packet.ts';

export type Way =
  | { readonly type: 'out'; readonly device: string }
  | { readonly type: 'local' }
  | { readonly type: 'none' | 'unknown'; readonly why: string };

export interface Stack {
  /** Where it goes, by its destination, mark and source as they are now. */
  route(packet: Packet): Way;
  /** The address that masquerade gives what leaves by the interface, or redirect what came in by it; `null`: there is none. */
  address(device: string, packet: Packet): bigint | null | undefined;
  /** The answer of the routing tables to a `fib` expression; `undefined` where it is not known. */
  fib?(field: FieldName, packet: Packet): bigint | undefined;
}
