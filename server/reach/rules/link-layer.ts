/**
 * What nft puts in front of a look at IP, and does not list: the frame's protocol (`meta protocol`), which is that behind its tags;
 * where the rule has looked at the Ethernet header before, the type that stands there (`ether type`), which is that of a tag where
 * there is one. In tables of the family bridge the addresses of IP are an exception (measured with nft 1.0.6, --debug=netlink).
 */
import type { FieldName } from './field-names.ts';
import type { Statement, TableFamily, Term } from './ruleset.ts';

export function withLinkLayer(family: TableFamily, statements: readonly Statement[]): readonly Statement[] {
  if (family !== 'bridge' && family !== 'netdev' && family !== 'inet') return statements;
  let behind: 'nothing' | 'ethernet' | 'tag or network' = 'nothing';
  return statements.map((statement) => {
    if (statement.type !== 'match' && statement.type !== 'vmap') return statement;
    const key = statement.key.map((term) =>
      behind === 'ethernet' && !(family === 'bridge' && isOfIp(term)) ? typed(term) : term,
    );
    for (const { field, needs } of statement.key) {
      if (needs.some((need) => need.field === 'l3proto') || field === 'l3proto' || field === 'vlan id')
        behind = 'tag or network';
      else if (behind === 'nothing' && ETHERNET.includes(field)) behind = 'ethernet';
    }
    return { ...statement, key };
  });
}

const ETHERNET: readonly FieldName[] = ['ether saddr', 'ether daddr', 'ether type'];

const isOfIp = ({ field }: Term): boolean => /^ip6? /.test(field);

function typed(term: Term): Term {
  const needs = term.needs.map((need) => (need.field === 'l3proto' ? { ...need, field: 'ether type' as const } : need));
  return { ...term, needs };
}
