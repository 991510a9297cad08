/** Whether IPv4 takes a packet with this source by this interface at all (fib_validate_source in net/ipv4/fib_frontend.c). */
import { formatAddress } from '../../core/address.ts';
import type { NetworkStack } from '../../flow/world.ts';
import { routeTo } from './routing.ts';
import { greater } from './settings.ts';

/** Why not; `null` where it does, `undefined` where it cannot be said. */
export function sourceIsRefused(
  stack: NetworkStack,
  device: string,
  { from: source, to }: { readonly from: bigint; readonly to: bigint },
): string | null | undefined {
  const text = formatAddress(4, source);
  if (isLoopback(source) && greater(stack, device, 'route_localnet') === 0)
    return `${text} comes from outside, and is a loopback address`;
  if (source >> 28n === 0xen || source === 0xff_ff_ff_ffn) return `${text} is no source`;
  // As if it were answered: rules for a source look at the address that it was sent to.
  const answer = routeTo(stack, { family: 4, to: source, from: to, mark: 0n });
  if (answer.type === 'unknown') return undefined;
  if (answer.type === 'local')
    return greater(stack, device, 'accept_local') > 0 ? null : `${text} comes from outside, and is its own address`;
  const mode = greater(stack, device, 'rp_filter');
  if (mode === 0) return null;
  if (answer.type === 'none') return `rp_filter of ${device}: there is no way back to ${text}`;
  if (mode === 1 && answer.ways.every((way) => way.device !== device))
    return `rp_filter of ${device}: the way back to ${text} is by ${answer.ways[0]?.device ?? 'no interface'}`;
  return null;
}

export function isLoopback(address: bigint): boolean {
  return address >> 24n === 0x7fn;
}
