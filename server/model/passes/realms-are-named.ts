/**
 * In: the resolved topology and its subnets. Out: nothing but diagnostics: an address that several realms have says which one
 * is meant (`p3/10.1.1.7`), and a realm that is named is there. A port mapping sees the realms of its gateway only.
 */
import { hostPrefix } from '../../core/address.ts';
import { nearest } from '../../core/nearest.ts';
import type { Located, Topology } from '../../flow/topology.ts';
import { readEndpoint } from '../endpoints.ts';
import { realmsOf } from '../realms.ts';
import type { Notes } from '../report.ts';
import { listNames, related } from '../report.ts';
import { realmsMet, subnetsWithin } from '../subnet-index.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

export function checkRealms(topology: Topology, subnets: Subnets, notes: Notes): void {
  const realms = realmsOf(topology);
  for (const line of [...topology.policy, ...topology.expect]) {
    for (const end of [...line.from, ...line.to]) {
      checkKnown(end, realms, notes);
      checkPlain(end, topology, subnets, notes);
    }
  }
  for (const gateway of topology.gateways.values()) {
    for (const end of gateway.publish.flatMap((line) => line.from ?? [])) checkKnown(end, realms, notes);
  }
}

function checkKnown(end: Located<string>, realms: readonly string[], notes: Notes): void {
  const form = readEndpoint(end.value);
  if ((form.type !== 'address' && form.type !== 'prefix') || form.realm === null || realms.includes(form.realm)) return;
  const guess = nearest(form.realm, realms);
  const rest = end.value.slice(form.realm.length);
  notes.report(
    'unknown-realm',
    end.place,
    `No network is in a realm called ${form.realm}; what stands before the slash of \`${end.value}\` names the realm that has the addresses.`,
    { hint: guess === undefined ? `known realms: ${listNames(realms, 8)}` : `did you mean \`${guess}${rest}\`?` },
  );
}

function checkPlain(end: Located<string>, topology: Topology, subnets: Subnets, notes: Notes): void {
  const form = readEndpoint(end.value);
  if ((form.type !== 'address' && form.type !== 'prefix') || form.realm !== null) return;
  const prefix = form.type === 'address' ? hostPrefix(form.address) : form.prefix;
  // Every address of the family, wherever it is: nothing is in doubt.
  if (prefix.endsWith('/0')) return;
  const met = realmsMet(subnets, prefix);
  const [first] = met;
  if (first === undefined || met.length < 2) return;
  const places = met.slice(0, 3).flatMap((realm) => {
    const [subnet] = subnetsWithin(subnets, realm, prefix);
    const written = topology.networks.get(subnet?.network ?? '')?.subnets.find((each) => each.value === subnet?.text);
    return subnet === undefined || written === undefined
      ? []
      : [related(written.place, `${subnet.text} of network ${subnet.network}, in realm ${realm}`)];
  });
  notes.report(
    'realm-needed',
    end.place,
    `${end.value} lies in the realms ${listNames(met, 8)}, which have addresses of their own: nothing says which of them is meant.`,
    {
      hint: `write \`${first}/${end.value}\`, or name a network or a guest; for several, a list: \`[${met
        .slice(0, 2)
        .map((realm) => `${realm}/${end.value}`)
        .join(', ')}]\``,
      related: places,
    },
  );
}
