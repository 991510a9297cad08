/** In: a flow that a plan opens or closes. Out: the packet to follow for it, and what is to be said of it. Pure. */
import type { FlowChange } from '../../../server/api/schema/plan.ts';

/** As the form of the packet mode takes it. */
export interface FlowPacket {
  readonly from: string;
  readonly to: string;
  readonly port: string;
}

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp' };

/** `null`: no packet that the packet mode knows (another protocol), or nobody who could send it. */
export function packetOf({ from, whole, witness }: FlowChange): FlowPacket | null {
  const protocol = PROTOCOLS[witness.protocol];
  const sender = whole?.from ?? (from.startsWith('interface ') ? null : from);
  if (protocol === undefined || sender === null) return null;
  const port = whole === null ? witness.destinationPort : whole.destinationPort;
  if (protocol !== 'icmp' && port === null) return null;
  const to = whole?.destination ?? witness.destination;
  return { from: sender, to, port: protocol === 'icmp' ? 'icmp' : `${String(port)}/${protocol}` };
}

/** What else is on the way, where that makes it another thing for who sends it; `null`: nothing. */
export function overAllHops(way: 'opened' | 'closed' | 'transient', { whole }: FlowChange): string | null {
  if (whole === null) return null;
  switch (whole.outcome) {
    case 'as-told':
      return whole.straight ? 'Only for who is on the external network itself: no provider routes it.' : null;
    case 'refused-elsewhere':
      return way === 'opened'
        ? `Not yet for ${whole.from}: ${whole.why}`
        : `From ${whole.from} it did not get there before either: ${whole.why}`;
    case 'as-before':
      return 'It gets there before and after, by whatever way.';
    case 'unknown':
      return `Over all hops nobody can say: ${whole.why}`;
  }
}

/** `policy line 41`, or where the rule stands. */
export function ruleText({ rule }: FlowChange): string | null {
  return rule === null ? null : (rule.entry ?? `chain ${rule.chain} of ${rule.table}`);
}
