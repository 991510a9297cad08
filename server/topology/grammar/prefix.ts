/** Prefixes as written: `10.1.1.0/24`, `"2001:db8:1::/64"`. */
import { parseAddress as strictAddress, parsePrefix as strictPrefix, type Prefix } from '../../core/address.ts';
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, type Reading } from '../problem.ts';
import { whyNoAddress } from './address.ts';

/** Canonical text of a prefix. */
export function parsePrefix(text: string): Reading<Prefix> {
  const parsed = strictPrefix(text);
  if (parsed !== undefined) {
    if (parsed.value === parsed.first) return accept(parsed.text);
    const detail = `${quoted(text)} has bits set behind its first ${String(parsed.length)}, so that it names a host, not a network.`;
    return refuse('host-bits', detail, 0, `write \`${parsed.text}\``);
  }
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const family = strictAddress(address)?.family;
  if (family === undefined) {
    const { reason, offset, hint } = whyNoAddress(address);
    const what = reason === '' ? '' : ` (${quoted(address)} is no address${reason})`;
    return refuse(
      'invalid-prefix',
      `${quoted(text)} is no prefix${what}.`,
      offset,
      hint === undefined ? undefined : EXAMPLE,
    );
  }
  if (slash < 0)
    return refuse(
      'invalid-prefix',
      `${quoted(text)} has no prefix length.`,
      text.length,
      `write \`${text}/${family === 4 ? '24' : '64'}\`, if that is its length`,
    );
  const detail = `${quoted(text.slice(slash + 1))} is no prefix length: a whole number from 0 to ${family === 4 ? '32' : '128'}.`;
  return refuse('invalid-prefix', detail, slash + 1);
}

/** What a route leads to: `default` is answered as it is, since its family is that of the router. */
export const DEFAULT_DESTINATION = 'default';

export function parseDestination(text: string): Reading<string> {
  return text === DEFAULT_DESTINATION ? accept(DEFAULT_DESTINATION) : parsePrefix(text);
}

const EXAMPLE = 'write an address with its length, like `10.1.1.0/24` or `"2001:db8:1::/64"`';
