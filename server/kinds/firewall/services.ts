/** `443/tcp`, `icmp`, `any` as matches, and what is done with a packet that they fit. */
import type { Family } from '../../core/address.ts';
import type { Rule, Statement } from '../../core/nft/ast.ts';
import { ACCEPT, COUNTER, DROP, match, oneOf, payload, PROTOCOL, rule } from '../../core/nft/write.ts';
import type { PolicyEntry, Service } from '../../flow/model.ts';
import { portValue } from '../nft-publish.ts';

/** The rules of one policy line between two zones of one family. */
export function policyRules(entry: PolicyEntry, family: Family, ends: readonly Statement[]): readonly Rule[] {
  return entry.services.flatMap((service) => {
    const found = [...ends, ...serviceMatch(service, family)];
    return [...(entry.log ? [logRule(entry, found)] : []), ...verdictRules(entry, service, found)];
  });
}

function serviceMatch(service: Service, family: Family): readonly Statement[] {
  switch (service.protocol) {
    case 'tcp':
    case 'udp':
      return [match(payload(service.protocol, 'dport'), oneOf(service.ports.map(portValue)))];
    case 'icmp':
      return [match(payload(family === 4 ? 'icmp' : 'icmpv6', 'type'), 'echo-request')];
    case 'any':
      return [];
  }
}

function verdictRules(entry: PolicyEntry, service: Service, found: readonly Statement[]): readonly Rule[] {
  if (entry.verdict === 'allow') return [rule(entry.id, ...found, COUNTER, ACCEPT)];
  if (!entry.reject) return [rule(entry.id, ...found, COUNTER, DROP)];
  const reset: Statement = { reject: { type: 'tcp reset' } };
  const prohibited: Statement = { reject: { type: 'icmpx', expr: 'admin-prohibited' } };
  switch (service.protocol) {
    case 'tcp':
      return [rule(entry.id, ...found, COUNTER, reset)];
    case 'any':
      return [
        rule(entry.id, ...found, match(PROTOCOL, 'tcp'), COUNTER, reset),
        rule(entry.id, ...found, COUNTER, prohibited),
      ];
    default:
      return [rule(entry.id, ...found, COUNTER, prohibited)];
  }
}

/** Limited, so that a scan cannot fill the log; in a rule of its own, so that the limit never decides about the packet. */
function logRule(entry: PolicyEntry, found: readonly Statement[]): Rule {
  const prefix = `trunkline ${entry.id}`.slice(0, 126);
  return rule(entry.id, ...found, { limit: { rate: 10, burst: 20, per: 'second' } }, COUNTER, {
    log: { prefix: `${prefix} ` },
  });
}
