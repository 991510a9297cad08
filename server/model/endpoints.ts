import { parseAddress, parsePrefix } from '../core/address.ts';
import type { Address, Prefix } from '../core/address.ts';
import { isGlob } from './glob.ts';

/** What an endpoint of `from` or `to` says, by its form alone. */
export type EndpointForm =
  | { readonly type: 'internet' }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'glob'; readonly pattern: string }
  /** `realm`: as written in front (`p3/10.1.1.7`); `null` where none is. */
  | { readonly type: 'address'; readonly realm: string | null; readonly address: Address }
  | { readonly type: 'prefix'; readonly realm: string | null; readonly prefix: Prefix };

export function readEndpoint(text: string): EndpointForm {
  if (text === 'internet') return { type: 'internet' };
  const bare = readAddresses(text, null);
  if (bare !== undefined) return bare;
  // No name has a slash in it, and no address begins with a name and a slash.
  const slash = text.indexOf('/');
  const inRealm = slash < 0 ? undefined : readAddresses(text.slice(slash + 1), text.slice(0, slash));
  if (inRealm !== undefined) return inRealm;
  return isGlob(text) ? { type: 'glob', pattern: text } : { type: 'name', name: text };
}

function readAddresses(text: string, realm: string | null): EndpointForm | undefined {
  const address = parseAddress(text);
  if (address !== undefined) return { type: 'address', realm, address: address.text };
  const prefix = parsePrefix(text);
  return prefix === undefined ? undefined : { type: 'prefix', realm, prefix: prefix.text };
}
