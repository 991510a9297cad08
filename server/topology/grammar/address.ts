/** Addresses as written: `10.1.1.10`, `"2001:db8::10"`. */
import { parseAddress as strictAddress, parsePrefix as strictPrefix, type Address } from '../../core/address.ts';
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, type Reading } from '../problem.ts';

/** Canonical text of one address. */
export function parseAddress(text: string): Reading<Address> {
  const parsed = strictAddress(text);
  if (parsed !== undefined) return accept(parsed.text);
  if (text === 'auto') {
    const detail = '`auto` lets an address be chosen for a guest; here it has to be known which one it is.';
    return refuse('invalid-address', detail, 0, 'write an address');
  }
  const prefix = strictPrefix(text);
  if (prefix !== undefined) {
    const address = text.slice(0, text.indexOf('/'));
    const detail = `${quoted(text)} has a prefix length; the length comes from the network's \`subnet\`.`;
    return refuse('invalid-address', detail, address.length, `write \`${address}\``);
  }
  const { reason, offset, hint } = whyNoAddress(text);
  return refuse('invalid-address', `${quoted(text)} is no address${reason}.`, offset, hint);
}

interface Why {
  readonly reason: string;
  readonly offset: number;
  readonly hint?: string;
}

/** What keeps a text from being an address: the first thing wrong in it. */
export function whyNoAddress(text: string): Why {
  if (/^[\d.]+$/.test(text)) return whyNoIpv4(text);
  const zone = text.indexOf('%');
  if (zone >= 0) return { reason: ': an interface (`%…`) is no part of it', offset: zone };
  const bracket = text.search(/[[\]]/);
  if (bracket >= 0) return { reason: ': brackets stand only where a port follows', offset: bracket };
  const port = /^\d+(?:\.\d+){1,3}(:.*)$/.exec(text)?.[1];
  if (port !== undefined) return { reason: ': a port is no part of it', offset: text.length - port.length };
  if (text.includes(':')) {
    const wrong = text.search(/[^0-9a-fA-F:.]/);
    return { reason: ': not a valid IPv6 address', offset: Math.max(0, wrong) };
  }
  return { reason: '', offset: 0, hint: 'write an IPv4 address (`10.1.1.10`) or an IPv6 address (`"2001:db8::10"`)' };
}

function whyNoIpv4(text: string): Why {
  const parts = text.split('.');
  let offset = 0;
  for (const part of parts) {
    if (part === '') return { reason: ': a number is missing', offset };
    if (part.length > 1 && part.startsWith('0')) {
      const without = parts.map((each) => each.replace(/^0+(?=\d)/, '')).join('.');
      return {
        reason: `: ${quoted(part)} begins with a zero, which some programs read as octal`,
        offset,
        ...(strictAddress(without) === undefined ? {} : { hint: `write \`${without}\`` }),
      };
    }
    if (Number(part) > 255) return { reason: `: ${quoted(part)} is over 255`, offset };
    offset += part.length + 1;
  }
  return { reason: `: it has ${String(parts.length)} numbers instead of four`, offset: 0 };
}
