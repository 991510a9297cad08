/**
 * In: the expectations as written, and what is published. Out: the expectations with their ends as things that packets can be
 * sent from or to. What `reaches` says is checked in `reaches-can-be.ts`.
 */
import { hostPrefix } from '../../core/address.ts';
import { shortTag } from '../../core/hash.ts';
import { canonicalJson } from '../../core/json.ts';
import type { Endpoint, Expectation, OneToOne, Publish } from '../../flow/model.ts';
import type { Located, Topology } from '../../flow/topology.ts';
import { readEndpoint } from '../endpoints.ts';
import type { Notes } from '../report.ts';
import { byPlace, compareText, related } from '../report.ts';
import { normalServices } from '../services.ts';
import type { Addresses } from './addresses-have-one-owner.ts';
import type { Names } from './names-mean-one-thing.ts';
import { settleLostHosts } from './lost-hosts-can-be.ts';
import { reachesChecker } from './reaches-can-be.ts';

const ID_LENGTH = 10;

export function settleExpectations(
  topology: Topology,
  names: Names,
  addresses: Addresses,
  publishes: ReadonlyMap<string, readonly Publish[]>,
  oneToOnes: ReadonlyMap<string, readonly OneToOne[]>,
  notes: Notes,
): readonly Expectation[] {
  const checkReaches = reachesChecker(topology, addresses, publishes, oneToOnes, notes);
  const found = new Map<string, Expectation>();
  for (const line of [...topology.expect].sort((a, b) => byPlace(a.place, b.place))) {
    const from = endpointsOf(line.from, names);
    const to = endpointsOf(line.to, names);
    const services = normalServices(line.services);
    const reaches = line.reaches?.value ?? null;
    const { place, text, verdict } = line;
    const evenWithout = settleLostHosts(line, to, topology, notes);
    const id = `e-${shortTag(ID_LENGTH, 'expect', topology.name, canonicalJson({ verdict, services, from, to, reaches, ...(evenWithout.length === 0 ? {} : { evenWithout }) }))}`;
    const same = found.get(id);
    if (same !== undefined) {
      notes.report('duplicate', place, `\`${text}\` stands there twice; it would be asked twice.`, {
        hint: 'remove one of the two',
        related: [related(same.place, 'first written here')],
      });
      continue;
    }
    checkReaches(line, to);
    found.set(id, { id, place, text, verdict, services, from, to, reaches, evenWithout });
  }
  return [...found.values()];
}

function endpointsOf(ends: readonly Located<string>[], names: Names): readonly Endpoint[] {
  const endpoints = ends.flatMap((end): Endpoint[] => {
    const form = readEndpoint(end.value);
    switch (form.type) {
      case 'internet':
        return [{ type: 'internet' }];
      case 'address':
        return [{ type: 'prefix', realm: form.realm, prefix: hostPrefix(form.address) }];
      case 'prefix':
        return [{ type: 'prefix', realm: form.realm, prefix: form.prefix }];
      case 'glob':
        return names.matching(form.pattern).map(({ kind, name }) => ({ type: kind, name }));
      case 'name': {
        const named = names.byName.get(form.name);
        return named === undefined ? [] : [{ type: named.kind, name: named.name }];
      }
    }
  });
  const unique = new Map(endpoints.map((each) => [canonicalJson(each), each]));
  return [...unique].sort(([a], [b]) => compareText(a, b)).map(([, each]) => each);
}
