/**
 * In: an expectation that must hold while hosts are down. Out: the hosts, each in turn; says where it could not hold, because
 * who is asked for is lost with the host.
 */
import type { Endpoint } from '../../flow/model.ts';
import type { ExpectLine, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { compareText, related } from '../report.ts';

export function settleLostHosts(
  line: ExpectLine,
  to: readonly Endpoint[],
  topology: Topology,
  notes: Notes,
): readonly string[] {
  if (line.evenWithout === null) return [];
  const { value, place } = line.evenWithout;
  const written = value === 'any' ? topology.hosts.keys() : value.map((each) => each.value);
  const hosts = [...new Set(written)].sort(compareText);
  if (line.verdict === 'deny') return hosts;
  const targets = line.reaches === null ? to.flatMap((end) => (end.type === 'guest' ? end.name : [])) : [];
  const asked = [...targets, ...(line.reaches === null ? [] : [line.reaches.value.guest])];
  for (const name of new Set(asked)) {
    const guest = topology.guests.get(name);
    if (guest === undefined || !hosts.includes(guest.on.value)) continue;
    if ((guest.protection?.value ?? 'none') !== 'none' || notes.doubtful.has(name)) continue;
    notes.report(
      'even-without-impossible',
      place,
      `Guest ${name} is on host ${guest.on.value} and lost with it: nobody is left to answer.`,
      {
        hint:
          value === 'any'
            ? 'name the hosts that may be lost, or give the guest `protection: protected`'
            : 'name another host, or give the guest `protection: protected`',
        related: [related(guest.on.place, `guest ${name} is on ${guest.on.value}`)],
      },
    );
  }
  return hosts;
}
