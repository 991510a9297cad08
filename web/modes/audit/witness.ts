import type { Witness } from '../../../server/api/schema/audit.ts';

/** The packet as the packet mode asks for it; `null`: it is of a sort that cannot be asked, or comes from nobody. */
export function packetOf({
  from,
  source,
  destination,
  protocol,
  destinationPort,
}: Witness): { readonly from: string; readonly to: string; readonly port: string } | null {
  if (/^[0.:]*$/.test(source) || /^[0.:]*$/.test(destination)) return null;
  const start = from === 'internet' ? 'internet' : source;
  if (protocol === 'icmp') return { from: start, to: destination, port: 'icmp' };
  if (!['tcp', 'udp'].includes(protocol) || destinationPort === null || destinationPort === 0) return null;
  return { from: start, to: destination, port: `${String(destinationPort)}/${protocol}` };
}
