/** What is asked of a packet, as the address of the page has it: `from=internet&to=web&port=443/tcp&without=server`. Pure. */

/** What is asked: ends as the command line takes them, `service` as `443/tcp` or `icmp`. */
export interface Asked {
  readonly from: string;
  readonly to: string;
  readonly service: string;
  /** Hosts that are down. */
  readonly without: readonly string[];
}

export function askedIn(kept: Readonly<Record<string, string>>): Asked {
  const without = (kept['without'] ?? '').split(',').filter((each) => each !== '');
  return { from: kept['from'] ?? '', to: kept['to'] ?? '', service: kept['port'] ?? '', without };
}

export function keptOf(sent: Asked | null): Readonly<Record<string, string | null>> {
  if (sent === null) return { from: null, to: null, port: null, without: null };
  const { from, to, service, without } = sent;
  return { from, to, port: service, without: without.length === 0 ? null : without.join() };
}

export function isComplete({ from, to, service }: Asked): boolean {
  return [from, to, service].every((each) => each.trim() !== '');
}
