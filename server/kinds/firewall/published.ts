/**
 * `publish` opens: a flow that was sent to a published address and port, and now goes to the guest behind it, passes. Who may
 * use a mapping was decided before, by translating nobody else; a mapping that translates nothing names its sources here.
 */
import type { NamedSet, Rule, SetElement, Statement } from '../../core/nft/ast.ts';
import { ACCEPT, COUNTER, DROP, match, meta, prefixValue, rule, source, together } from '../../core/nft/write.ts';
import type { Publish } from '../../flow/model.ts';
import type { GatewayView } from '../nft-gateway.ts';
import { FAMILIES, inFamily, prefixesOf } from '../nft-gateway.ts';
import { addressType, isRange, isTranslated, openedBy, publishesOf } from '../nft-publish.ts';
import { directLookup, limitedLookup, translatedLookup } from './lookups.ts';

const REALM_PAIRS = 'publish-pairs';

interface Publishing {
  readonly rules: readonly Rule[];
  readonly sets: Record<string, NamedSet>;
}

export function published(view: GatewayView): Publishing {
  const publishes = openedBy(view.gateway);
  const limited = openings(
    publishes.filter((each) => each.from !== null),
    '',
    [],
  );
  const open = publishes.filter((each) => each.from === null);
  const others = otherNetworks(view);
  const parts = joinsRealms(view)
    ? // With NICs in several realms, a mapping for everybody is for the outside and for the realm of its guest only.
      [limited, ...(open.length > 0 ? [others] : []), openings(open, '-in-realm', [sameRealm()])]
    : open.length > 0 && others.rules.length > 0
      ? [limited, others, openings(open, '-attached', [])]
      : [openings(publishes, '', [])];
  const sets = Object.assign({}, ...parts.map((part) => part.sets)) as Record<string, NamedSet>;
  const rules = parts.flatMap((part) => part.rules);
  return {
    rules,
    sets: JSON.stringify(rules).includes(`"@${REALM_PAIRS}"`) ? { [REALM_PAIRS]: realmPairs(view), ...sets } : sets,
  };
}

function openings(publishes: readonly Publish[], suffix: string, condition: readonly Statement[]): Publishing {
  const lookups = FAMILIES.flatMap((family) => {
    const own = publishesOf(publishes, family);
    const [translated, direct] = [own.filter(isTranslated), own.filter((each) => !isTranslated(each))];
    // Ports one by one in plain sets, which fill four times as fast as those that hold ranges.
    return [
      translatedLookup(
        `published${suffix}`,
        family,
        false,
        translated.filter((each) => !isRange(each)),
      ),
      translatedLookup(`published${suffix}-ranges`, family, true, translated.filter(isRange)),
      directLookup(
        `published-direct${suffix}`,
        family,
        false,
        direct.filter((each) => each.from === null && !isRange(each)),
      ),
      directLookup(
        `published-direct${suffix}-ranges`,
        family,
        true,
        direct.filter((each) => each.from === null && isRange(each)),
      ),
      limitedLookup(
        `published-direct${suffix}-from`,
        family,
        direct.filter((each) => each.from !== null),
      ),
    ];
  }).filter((lookup) => lookup.set.elements.length > 0);
  return {
    rules: lookups.map((lookup) => rule('published', ...condition, ...lookup.found, COUNTER, ACCEPT)),
    sets: Object.fromEntries(lookups.map((lookup) => [lookup.name, lookup.set])),
  };
}

/**
 * A mapping for everybody is not for networks that are behind another gateway: what comes from there and has not passed yet
 * goes no further.
 */
function otherNetworks(view: GatewayView): Publishing {
  if (!view.ports.some((port) => !port.network.external && port.nic.behind.length > 0)) return { rules: [], sets: {} };
  const attached = new Set(view.ports.flatMap((port) => prefixesOf(port.network)));
  const lists = FAMILIES.map((family) => ({
    family,
    name: `elsewhere-${String(family)}`,
    prefixes: inFamily(
      family,
      view.subnets.filter((subnet) => !attached.has(subnet)),
    ),
  })).filter(({ prefixes }) => prefixes.length > 0);
  return {
    rules: lists.map(({ family, name }) => rule('elsewhere', match(source(family), `@${name}`), COUNTER, DROP)),
    sets: Object.fromEntries(
      lists.map(({ family, name, prefixes }): [string, NamedSet] => [
        name,
        {
          key: [addressType(family)],
          data: null,
          interval: true,
          counter: false,
          elements: prefixes.map((prefix) => ({ key: [prefixValue(prefix)], id: null, value: null })),
        },
      ]),
    ),
  };
}

function joinsRealms(view: GatewayView): boolean {
  return new Set(view.ports.map((port) => port.network.realm)).size > 1;
}

function sameRealm(): Statement {
  return match(together(meta('iifname'), meta('oifname')), `@${REALM_PAIRS}`);
}

function realmPairs(view: GatewayView): NamedSet {
  const targets = new Set(
    openedBy(view.gateway)
      .filter((each) => each.from === null)
      .map((each) => each.target.network),
  );
  const elements = view.ports
    .filter((to) => targets.has(to.network.name))
    .flatMap((to) =>
      view.ports
        .filter((from) => from.network.external || from.network.realm === to.network.realm)
        .map((from): SetElement => ({ key: [from.device, to.device], id: null, value: null })),
    );
  return { key: ['ifname', 'ifname'], data: null, interval: false, counter: false, elements };
}
