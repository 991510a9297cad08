/** `balance`: a number is drawn for each connection, and a map has the target of each number. */
import { digest } from '../../core/hash.ts';
import type { NamedSet, Rule, Spread } from '../../core/nft/ast.ts';
import {
  ANY_PORT,
  COUNTER,
  destination,
  familyWord,
  match,
  oneOf,
  PACKET_MARK,
  payload,
  PROTOCOL,
  rule,
  setMark,
  source,
  together,
} from '../../core/nft/write.ts';
import type { Family } from '../../core/address.ts';
import type { Balance } from '../../flow/model.ts';
import { balanceMap, balanceMapName, balancesIn, FIRST_NUMBER, numbersOf } from '../nft-balance.ts';
import type { GatewayView } from '../nft-gateway.ts';
import { FAMILIES } from '../nft-gateway.ts';
import { portValue } from '../nft-publish.ts';
import type { Translations } from './destination.ts';

export function balanceMaps({ gateway }: GatewayView): Translations {
  const rules: Rule[] = [];
  const sets: Record<string, NamedSet> = {};
  for (const family of FAMILIES) {
    const balances = balancesIn(gateway.balances, family);
    for (const balance of balances) {
      const { id, listen, protocol, ports } = balance;
      const found = [match(destination(family), listen), match(payload(protocol, 'dport'), portValue(ports))];
      rules.push(rule(id, ...found, COUNTER, setMark(PACKET_MARK, numberFor(balance, family))));
    }
    for (const [name, own] of Map.groupBy(balances, balanceMapName)) {
      sets[name] = balanceMap(family, own);
      const key = together(PACKET_MARK, destination(family), PROTOCOL, ANY_PORT);
      rules.push(
        rule('balance', match(PROTOCOL, oneOf(['tcp', 'udp'])), COUNTER, {
          dnat: { family: familyWord(family), addr: { map: { key, data: `@${name}` } } },
        }),
      );
    }
  }
  return { rules, sets };
}

function numberFor(balance: Balance, family: Family): number | Spread {
  const [mod, offset] = [numbersOf(balance), FIRST_NUMBER];
  if (mod === 1) return offset;
  switch (balance.method) {
    case 'round-robin':
      return { numgen: { mode: 'inc', mod, offset } };
    case 'random':
      return { numgen: { mode: 'random', mod, offset } };
    case 'source': {
      // The same on each member of a cluster.
      const seed = digest('balance', balance.id).readUInt32BE(0);
      return { jhash: { mod, seed, offset, expr: source(family) } };
    }
  }
}
