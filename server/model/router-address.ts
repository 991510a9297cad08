import type { InterfaceAddress } from '../core/address.ts';
import { mustParseAddress } from '../core/address.ts';
import { digest } from '../core/hash.ts';

/**
 * The link-local address that the members of a cluster share on a network. Its interface identifier is a hash, with the bit clear
 * that one made of a MAC of ours has (RFC 4291, appendix A): nobody has it by his MAC.
 */
export function routerAddress(topology: string, gateway: string, network: string): InterfaceAddress {
  const [first = 0, ...rest] = digest('router address', topology, gateway, network);
  const bytes = [first & 0xfd, ...rest.slice(0, 7)].map((each) => each.toString(16).padStart(2, '0')).join('');
  return `${mustParseAddress(`fe80::${bytes.match(/.{4}/g)?.join(':') ?? ''}`).text}/64`;
}
