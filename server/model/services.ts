import type { PortRange, Service } from '../flow/model.ts';

/** The same services in one form: `any` alone, or tcp, udp and icmp once each with their ports sorted and joined. */
export function normalServices(services: readonly Service[]): readonly Service[] {
  const any = services.find((each) => each.protocol === 'any');
  if (any !== undefined) return [any];
  const normal: Service[] = [];
  for (const protocol of ['tcp', 'udp'] as const) {
    const ports = joinRanges(portsOf(services, protocol));
    if (ports.length > 0) normal.push({ protocol, ports });
  }
  const icmp = services.find((each) => each.protocol === 'icmp');
  return icmp === undefined ? normal : [...normal, icmp];
}

export function portsOf(services: readonly Service[], protocol: 'tcp' | 'udp'): readonly PortRange[] {
  return services.flatMap((each) => (each.protocol === protocol ? each.ports : []));
}

/** Whether somebody with these `listens` answers on the port. */
export function listensOn(services: readonly Service[], protocol: 'tcp' | 'udp', port: number): boolean {
  return portsOf(services, protocol).some(({ first, last }) => port >= first && port <= last);
}

/** Sorted, disjoint, neighbours joined. */
export function joinRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const joined: PortRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first || a.last - b.last)) {
    const last = joined.at(-1);
    if (last !== undefined && range.first <= last.last + 1) {
      joined[joined.length - 1] = { first: last.first, last: Math.max(last.last, range.last) };
    } else joined.push(range);
  }
  return joined;
}

/** The first port of the range that is in none of the others; `undefined` where they hold it all. */
export function firstPortOutside(range: PortRange, others: readonly PortRange[]): number | undefined {
  let port = range.first;
  for (const other of joinRanges(others)) {
    if (other.first > port) break;
    port = Math.max(port, other.last + 1);
  }
  return port <= range.last ? port : undefined;
}

/** As a user writes it: `443/tcp`, `80,8000-8100/udp`, `icmp`, `any`. */
export function serviceText(service: Service): string {
  if (service.protocol === 'any' || service.protocol === 'icmp') return service.protocol;
  return `${service.ports.map(rangeText).join(',')}/${service.protocol}`;
}

export function rangeText({ first, last }: PortRange): string {
  return first === last ? String(first) : `${String(first)}-${String(last)}`;
}
