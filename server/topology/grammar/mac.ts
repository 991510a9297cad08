/** MAC addresses as written: `"02:00:00:01:02:0a"`, or `low24`: made from the low 24 bits of the IPv4 address. */
import { quoted } from '../../core/visible-text.ts';
import { LOW24 } from '../../flow/topology.ts';
import { accept, refuse, type Reading } from '../problem.ts';

export function parseMac(text: string): Reading<string> {
  if (text === LOW24) return accept(LOW24);
  const mac = text.toLowerCase();
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac)) {
    const digits = mac.replace(/[-.:]/g, '');
    const pairs = /^[0-9a-f]{12}$/.test(digits) ? digits.replace(/..(?=.)/g, '$&:') : undefined;
    const hint =
      pairs === undefined ? 'write six pairs of hexadecimal digits: `"02:00:00:01:02:0a"`' : `write \`"${pairs}"\``;
    return refuse('invalid-mac', `${quoted(text)} is no MAC address.`, Math.max(0, mac.search(/[^0-9a-f:]/)), hint);
  }
  // IEEE 802: the lowest bit of the first byte marks a group; the kernel refuses such a link address.
  if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1) {
    return refuse(
      'invalid-mac',
      `${quoted(text)} is a multicast address: the first pair is odd.`,
      0,
      'an address of your own begins with `02`',
    );
  }
  if (mac === '00:00:00:00:00:00')
    return refuse('invalid-mac', 'The MAC address with nothing but zeros is no station.');
  return accept(mac);
}
