import { parseAddress, parsePrefix } from '../core/address.ts';
import type { Address, Prefix } from '../core/address.ts';
import { isGlob } from './glob.ts';

/** What an endpoint of `from` or `to` says, by its form alone. */
export type EndpointForm =
  | { readonly type: 'internet' }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'glob'; readonly pattern: string }
  | { readonly type: 'address'; readonly address: Address }
  | { readonly type: 'prefix'; readonly prefix: Prefix };

export function readEndpoint(text: string): EndpointForm {
  if (text === 'internet') return { type: 'internet' };
  const address = parseAddress(text);
  if (address !== undefined) return { type: 'address', address: address.text };
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return { type: 'prefix', prefix: prefix.text };
  return isGlob(text) ? { type: 'glob', pattern: text } : { type: 'name', name: text };
}
