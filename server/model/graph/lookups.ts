/** In: the Model. Out: what is asked of it for each of ten thousand nodes, answered without looking through all the others. */
import type { Model, Publish } from '../../flow/model.ts';
import { indexPolicy } from './policy-index.ts';
import type { PolicyIndex } from './policy-index.ts';

export interface Lookups {
  readonly policy: PolicyIndex;
  /** Names of those with a NIC on a network; of hosts, those that carry it too. */
  readonly on: (network: string) => OnNetwork;
  readonly publishesTo: (guest: string) => readonly { readonly gateway: string; readonly publish: Publish }[];
}

export interface OnNetwork {
  readonly guests: readonly string[];
  readonly gateways: readonly string[];
  readonly hosts: readonly string[];
}

export function lookupsOf(model: Model): Lookups {
  const { guests, gateways, hosts } = model;
  const guestsOn = byNetwork([...guests.values()].map(({ name, nics }) => [name, nics]));
  const gatewaysOn = byNetwork([...gateways.values()].map(({ name, nics }) => [name, nics]));
  const hostsOn = byNetwork(
    [...hosts.values()].map(({ name, bridges, nics }) => [
      name,
      [...bridges.flatMap((bridge) => bridge.carries), ...nics],
    ]),
  );
  const publishes = new Map<string, { readonly gateway: string; readonly publish: Publish }[]>();
  for (const gateway of gateways.values()) {
    for (const publish of gateway.publishes) {
      const { guest } = publish.target;
      if (guest === null) continue;
      const list = publishes.get(guest) ?? [];
      list.push({ gateway: gateway.name, publish });
      publishes.set(guest, list);
    }
  }
  return {
    policy: indexPolicy(model),
    on: (network) => ({
      guests: guestsOn.get(network) ?? [],
      gateways: gatewaysOn.get(network) ?? [],
      hosts: hostsOn.get(network) ?? [],
    }),
    publishesTo: (guest) => publishes.get(guest) ?? [],
  };
}

function byNetwork(
  members: readonly (readonly [name: string, nics: readonly { readonly network: string }[]])[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [name, nics] of members) {
    for (const network of new Set(nics.map((nic) => nic.network))) {
      const names = found.get(network) ?? [];
      names.push(name);
      found.set(network, names);
    }
  }
  return found;
}
