import { createClient, RequestFailed } from '../../server/api/client.ts';
import { setServerClock } from './clock.ts';
import type { PacketAnswers } from '../../server/api/schema/packet.ts';

export { RequestFailed };

/** Asks the server that handed out this page. */
export const call = createClient(async ({ method, path, headers, body, signal }) => {
  const response = await fetch(path, { method, headers, body: body ?? null, signal: signal ?? null });
  setServerClock(response.headers.get('date'));
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    text: () => response.text(),
  };
});

interface Packet {
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly without: readonly string[];
}

/** The way of a packet; ends and service as the command line takes them: `internet`, `2001:db8::1`, `443/tcp`, `icmp`. */
export function readPacket(name: string, packet: Packet, signal: AbortSignal): Promise<PacketAnswers> {
  const [from = '', to = '', service = ''] = [packet.from, packet.to, packet.service].map((each) => each.trim());
  const end = to.includes(':') ? `[${to}]` : to;
  const target = /^[a-z]/.test(service) ? `${end}/${service}` : `${end}:${service}`;
  const query = { from, to: target, without: [...packet.without] };
  return call('GET /api/topologies/:name/reach', { params: { name }, query }, signal);
}
