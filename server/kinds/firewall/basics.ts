/** Rules that stand in every chain, whatever the policy. */
import type { Rule } from '../../core/nft/ast.ts';
import { ACCEPT, conntrackState, COUNTER, DROP, match, oneOf, payload, PROTOCOL, rule } from '../../core/nft/write.ts';

const ICMPV6_TYPE = payload('icmpv6', 'type');

/** Replies, and ICMP errors of an accepted flow. Of what else helpers call related nothing passes. */
export const REPLIES: readonly Rule[] = [
  rule('established', conntrackState('established'), COUNTER, ACCEPT),
  rule('related-icmp', conntrackState('related'), match(PROTOCOL, oneOf(['icmp', 'ipv6-icmp'])), COUNTER, ACCEPT),
];

/** Never subject to policy (RFC 4890): conntrack calls it invalid where it has forgotten the flow. */
export const PACKET_TOO_BIG = rule('packet-too-big', match(ICMPV6_TYPE, 'packet-too-big'), COUNTER, ACCEPT);

/** A hop limit of 255 shows that no router has passed it on (RFC 4861, 7.1). */
export const NEIGHBOUR_DISCOVERY = rule(
  'neighbour-discovery',
  match(ICMPV6_TYPE, oneOf(['nd-router-solicit', 'nd-router-advert', 'nd-neighbor-solicit', 'nd-neighbor-advert'])),
  match(payload('ip6', 'hoplimit'), 255),
  COUNTER,
  ACCEPT,
);

export const INVALID = rule('invalid', conntrackState('invalid'), COUNTER, DROP);

/** Beside the drop policy: while a chain is made, its policy comes into force later than its rules. */
export const DEFAULT_DROP = rule('default', COUNTER, DROP);
