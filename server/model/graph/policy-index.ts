import type { Address } from '../../core/address.ts';
import { prefixContains } from '../../core/address.ts';
import type { Model, Zone } from '../../flow/model.ts';

/** Which lines of the policy speak of a network, of some addresses on it, or of internet. */
export interface PolicyIndex {
  readonly ofNetwork: (network: string) => readonly string[];
  readonly ofAddresses: (
    addresses: readonly { readonly network: string; readonly address: Address }[],
  ) => readonly string[];
  readonly ofInternet: () => readonly string[];
}

export function indexPolicy(model: Model): PolicyIndex {
  const byNetwork = new Map<
    string,
    { readonly text: string; readonly order: number; readonly zones: readonly Zone[] }[]
  >();
  const internet: { readonly text: string; readonly order: number }[] = [];
  for (const { text, place, from, to } of model.policy) {
    const order = place.line * 10_000 + place.column;
    const inner = [...from, ...to].filter((zone) => !zone.internet);
    if (inner.length < from.length + to.length) internet.push({ text, order });
    for (const network of new Set(inner.map((zone) => zone.network))) {
      const list = byNetwork.get(network) ?? [];
      list.push({ text, order, zones: inner.filter((zone) => zone.network === network) });
      byNetwork.set(network, list);
    }
  }
  return {
    ofNetwork: (network) => inFileOrder(byNetwork.get(network) ?? []),
    ofInternet: () => inFileOrder(internet),
    ofAddresses: (addresses) =>
      inFileOrder(
        addresses.flatMap(({ network, address }) =>
          (byNetwork.get(network) ?? []).filter(({ zones }) =>
            zones.some(
              (zone) => zone.prefixes === null || zone.prefixes.some((prefix) => prefixContains(prefix, address)),
            ),
          ),
        ),
      ),
  };
}

function inFileOrder(lines: readonly { readonly text: string; readonly order: number }[]): readonly string[] {
  return [...new Set([...lines].sort((a, b) => a.order - b.order).map((line) => line.text))];
}
