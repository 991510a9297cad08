/** Domain names that hosts are called in: `shop.example.net`. */
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, type Reading } from '../problem.ts';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** RFC 1035 has 255 bytes for a name; the longest name that the file can give comes before it. */
const LONGEST = 180;

/** In small letters, without the dot at the end. */
export function parseDomain(text: string): Reading<string> {
  const name = text.toLowerCase().replace(/\.$/, '');
  if (name.length <= LONGEST && name.split('.').every((label) => LABEL.test(label))) return accept(name);
  const detail = `${quoted(text)} is no domain name: labels of letters, digits and \`-\`, joined by dots, ${String(LONGEST)} characters at most.`;
  return refuse('wrong-value', detail, 0, 'write it like `shop.example.net`');
}
