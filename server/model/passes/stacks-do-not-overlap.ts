/**
 * In: the resolved nodes and the subnets. Out: nothing but diagnostics. Realms may have the same subnets, but a network stack has
 * one routing table: with two NICs in the same subnet it sends every packet by one of them. So the NICs of a gateway do not
 * overlap, nor do those of a host together with the gateways that run in the host's own stack. A guest's stack is somebody
 * else's, who may know what to do: a warning.
 */
import type { Place } from '../../core/place.ts';
import type { Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { byPlace, related } from '../report.ts';
import type { IndexedSubnet } from '../subnet-index.ts';
import type { Subnets } from './subnets-are-disjoint.ts';

interface StackNic {
  /** `gateway vgw-1`, `host gw-x`, `guest web1` */
  readonly owner: string;
  readonly network: string;
  readonly place: Place;
}

interface Stack {
  readonly code: 'stack-overlap' | 'guest-overlap';
  /** `gateway vgw-1`, `the stack of host gw-x` */
  readonly what: string;
  readonly nics: readonly StackNic[];
}

export function checkStacks(topology: Topology, subnets: Subnets, notes: Notes): void {
  for (const stack of stacksOf(topology)) {
    const seen = new Set<string>();
    for (const [one, other] of overlapsIn(stack, subnets)) {
      const [earlier, later] = byPlace(one.nic.place, other.nic.place) <= 0 ? [one, other] : [other, one];
      const pair = `${earlier.nic.network} ${later.nic.network}`;
      if (seen.has(pair)) continue;
      seen.add(pair);
      report(stack, earlier, later, notes);
    }
  }
}

function stacksOf(topology: Topology): readonly Stack[] {
  const nicsOf = (
    owner: string,
    nics: ReadonlyMap<string, { readonly name: string; readonly place: Place }>,
  ): StackNic[] => [...nics.values()].map(({ name, place }) => ({ owner, network: name, place }));
  const gateways = [...topology.gateways.values()];
  return [
    ...[...topology.hosts.values()].map(({ name, nics }): Stack => ({
      code: 'stack-overlap',
      what: `the network stack of host ${name}`,
      nics: [
        ...nicsOf(`host ${name}`, nics),
        ...gateways
          .filter((each) => each.runs.value === 'host' && each.on.some((on) => on.value === name))
          .flatMap((each) => nicsOf(`gateway ${each.name}`, each.nics)),
      ],
    })),
    // What runs on a host was looked at with it.
    ...gateways
      .filter((each) => each.runs.value !== 'host')
      .map(({ name, nics }): Stack => ({
        code: 'stack-overlap',
        what: `gateway ${name}`,
        nics: nicsOf(`gateway ${name}`, nics),
      })),
    ...[...topology.guests.values()].map(({ name, nics }): Stack => ({
      code: 'guest-overlap',
      what: `guest ${name}`,
      nics: nicsOf(`guest ${name}`, nics),
    })),
  ];
}

interface Found {
  readonly nic: StackNic;
  readonly subnet: IndexedSubnet;
}

/** Neighbours in order of address, and whatever a large subnet reaches over. Inside one network it is the same subnet. */
function overlapsIn(stack: Stack, subnets: Subnets): readonly (readonly [Found, Found])[] {
  if (stack.nics.length < 2) return [];
  const overlaps: (readonly [Found, Found])[] = [];
  for (const family of [4, 6] as const) {
    const sorted = stack.nics
      .flatMap((nic) => (subnets.byNetwork.get(nic.network) ?? []).map((subnet): Found => ({ nic, subnet })))
      .filter(({ subnet }) => subnet.family === family)
      .sort((a, b) => (a.subnet.first < b.subnet.first ? -1 : a.subnet.first > b.subnet.first ? 1 : 0));
    let reaching: Found | undefined;
    for (const next of sorted) {
      if (reaching !== undefined && next.subnet.first <= reaching.subnet.last) {
        if (next.nic.network !== reaching.nic.network) overlaps.push([reaching, next]);
        if (next.subnet.last <= reaching.subnet.last) continue;
      }
      reaching = next;
    }
  }
  return overlaps;
}

function report({ code, what }: Stack, earlier: Found, later: Found, notes: Notes): void {
  if (notes.doubtful.has(earlier.nic.network) || notes.doubtful.has(later.nic.network)) return;
  const same = earlier.subnet.text === later.subnet.text;
  const subject = `${later.subnet.text} of network ${later.nic.network} (realm ${later.subnet.realm})`;
  const how = same ? 'is also that of' : `overlaps ${earlier.subnet.text} of`;
  const hint =
    code === 'guest-overlap'
      ? 'give the guest a NIC on one of them only, unless it keeps them apart by itself (network namespaces, VRFs)'
      : what.startsWith('gateway')
        ? 'use one gateway for each realm, and join them by a network that has other addresses'
        : earlier.nic.owner === later.nic.owner
          ? 'leave one of the NICs out'
          : 'let the gateways run in namespaces of their own (`runs: netns`), or leave one of the NICs out';
  notes.report(
    code,
    later.nic.place,
    `${subject} ${how} network ${earlier.nic.network} (realm ${earlier.subnet.realm}), and both are in ${what}: it would send the packets for either to one of them.`,
    { hint, related: [related(earlier.nic.place, `${earlier.nic.owner} is on ${earlier.nic.network} here`)] },
  );
}
