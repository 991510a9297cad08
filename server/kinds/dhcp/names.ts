/** The names that a gateway answers: of guests and gateways, each with its addresses. */
import type { Address } from '../../core/address.ts';
import { addressPart, familyOf } from '../../core/address.ts';
import type { Model } from '../../flow/model.ts';
import { ownAddresses } from '../nft-gateway.ts';

interface Named {
  readonly name: string;
  readonly nics: readonly { readonly network: string; readonly addresses: readonly Address[] }[];
}

/**
 * In a realm an address is one thing: whoever has one there is named to the networks of that realm, and to no others. Addresses
 * on external networks are for those outside.
 */
export function namesIn(model: Model, realms: ReadonlySet<string>, domain: string): readonly string[] {
  return [...named(model)].flatMap(({ name, nics }) => {
    const near = nics.filter(({ network }) => realms.has(model.networks.get(network)?.realm ?? ''));
    const inside = near.filter(({ network }) => model.networks.get(network)?.external !== true);
    const addresses = [...new Set((inside.length > 0 ? inside : near).flatMap((nic) => nic.addresses))];
    return recordLines(`${name}.${domain},${name}`, addresses);
  });
}

/** A line takes one address of each family. */
function recordLines(names: string, addresses: readonly Address[]): readonly string[] {
  const [four, six] = ([4, 6] as const).map((family) => addresses.filter((each) => familyOf(each) === family));
  const length = Math.max(four?.length ?? 0, six?.length ?? 0);
  return Array.from({ length }, (_, index) =>
    ['host-record=' + names, four?.[index], six?.[index]].filter((each) => each !== undefined).join(','),
  );
}

function* named(model: Model): Generator<Named> {
  for (const { name, nics } of model.guests.values())
    yield { name, nics: nics.map(({ network, addresses }) => ({ network, addresses: addresses.map(addressPart) })) };
  for (const { name, nics } of model.gateways.values())
    yield { name, nics: nics.map((nic) => ({ network: nic.network, addresses: ownAddresses(nic) })) };
}
