/**
 * In: the topology as written. Out: what each name is. A name is used once over networks, hosts, guests and gateways, because
 * endpoints of policy and expectations name any of them. Of two things with one name, the one written first has it.
 */
import type { Place } from '../../core/place.ts';
import type { Topology } from '../../flow/topology.ts';
import { matchesGlob } from '../glob.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';

export type NamedKind = 'network' | 'host' | 'guest' | 'gateway';

export interface Named {
  readonly kind: NamedKind;
  readonly name: string;
  readonly place: Place;
}

export interface Names {
  readonly byName: ReadonlyMap<string, Named>;
  /** Everything that the pattern matches, in order of name. */
  readonly matching: (pattern: string) => readonly Named[];
}

export function nameEverything(topology: Topology, notes: Notes): Names {
  const all: Named[] = [
    ...[...topology.networks.values()].map((each) => named('network', each)),
    ...[...topology.hosts.values()].map((each) => named('host', each)),
    ...[...topology.guests.values()].map((each) => named('guest', each)),
    ...[...topology.gateways.values()].map((each) => named('gateway', each)),
  ].sort((a, b) => byPlace(a.place, b.place));

  const byName = new Map<string, Named>();
  for (const each of all) {
    const first = byName.get(each.name);
    if (first === undefined) {
      byName.set(each.name, each);
      continue;
    }
    notes.report(
      'name-twice',
      each.place,
      `${each.name} is the name of a ${each.kind} here and of a ${first.kind} before; \`from\` and \`to\` could mean either.`,
      {
        hint: `rename one of the two, for example \`${each.name}-${each.kind}\``,
        related: [related(first.place, 'first used here')],
      },
    );
  }
  const sorted = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const cache = new Map<string, readonly Named[]>();
  const matching = (pattern: string): readonly Named[] => {
    let found = cache.get(pattern);
    if (found === undefined) {
      found = sorted.filter((each) => matchesGlob(pattern, each.name));
      cache.set(pattern, found);
    }
    return found;
  };
  return { byName, matching };
}

function named(kind: NamedKind, entry: { readonly name: string; readonly place: Place }): Named {
  return { kind, name: entry.name, place: entry.place };
}
