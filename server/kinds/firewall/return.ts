/**
 * Replies leave by the NIC that their flow came in by. Of a published port they start out with the guest's address, and get the
 * public one only when the way is chosen: so the flow is marked when it comes in, and a rule for the mark chooses the way.
 */
import type { Chain, Rule } from '../../core/nft/ast.ts';
import {
  baseChain,
  conntrackState,
  COUNTER,
  FLOW_MARK,
  match,
  meta,
  PACKET_MARK,
  REPLY,
  rule,
  setMark,
} from '../../core/nft/write.ts';
import type { GatewayView } from '../nft-gateway.ts';

/**
 * Behind conntrack (-200), before the route is looked up. No chain where all goes out by one NIC.
 *
 * @param further behind those, so that their word counts.
 */
export function returnMarks(view: GatewayView, further: readonly Rule[]): Readonly<Record<string, Chain>> {
  const marks = new Map<number, string>();
  for (const { mark, network, always } of view.gateway.routing.sources) {
    const device = view.byNetwork.get(network)?.device;
    if (always !== true && mark !== null && device !== undefined) marks.set(mark, device);
  }
  if (marks.size === 0 && further.length === 0) return {};
  const rules = [...marks].flatMap(([mark, device]) => [
    rule('came-in', match(meta('iifname'), device), conntrackState('new'), COUNTER, setMark(FLOW_MARK, mark)),
    rule('goes-back', REPLY, match(FLOW_MARK, mark), COUNTER, setMark(PACKET_MARK, mark)),
  ]);
  return {
    'mark-prerouting': baseChain({ type: 'filter', hook: 'prerouting', priority: -150, policy: 'accept' }, [
      ...rules,
      ...further,
    ]),
  };
}
