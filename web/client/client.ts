import type { FailureAnswer, PacketAnswers, TopologyGraph, TopologyList } from '../../server/api/schema.ts';

/** An answer of the server that is not the document asked for. */
export class RequestFailed extends Error {
  readonly status: number;
  readonly detail: string | null;

  constructor(status: number, summary: string, detail: string | null) {
    super(summary);
    this.name = 'RequestFailed';
    this.status = status;
    this.detail = detail;
  }
}

export function listTopologies(signal: AbortSignal): Promise<TopologyList> {
  return get<TopologyList>('/api/topologies', signal);
}

export function readGraph(name: string, signal: AbortSignal): Promise<TopologyGraph> {
  return get<TopologyGraph>(`/api/topologies/${encodeURIComponent(name)}/graph`, signal);
}

interface Packet {
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly without: readonly string[];
}

/** The way of a packet; ends and service as the command line takes them: `internet`, `2001:db8::1`, `443/tcp`, `icmp`. */
export function readPacket(name: string, packet: Packet, signal: AbortSignal): Promise<PacketAnswers> {
  const [from, to, service] = [packet.from, packet.to, packet.service].map((each) => each.trim());
  const end = (to ?? '').includes(':') ? `[${to ?? ''}]` : (to ?? '');
  const target = /^[a-z]/.test(service ?? '') ? `${to ?? ''}/${service ?? ''}` : `${end}:${service ?? ''}`;
  const query = new URLSearchParams([
    ['from', from ?? ''],
    ['to', target],
    ...packet.without.map((host) => ['without', host]),
  ]);
  return get<PacketAnswers>(`/api/topologies/${encodeURIComponent(name)}/reach?${query.toString()}`, signal);
}

async function get<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal, headers: { accept: 'application/json' } });
  if (response.ok) return (await response.json()) as T;
  const isDocument = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const failure = isDocument ? ((await response.json()) as FailureAnswer).failure : undefined;
  throw new RequestFailed(
    response.status,
    failure?.summary ?? `The server answered ${String(response.status)}.`,
    failure?.detail ?? null,
  );
}
