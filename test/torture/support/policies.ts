/** Random policies between two networks, with an own idea of what passes. */
import type { PolicyEntry } from '../../../server/flow/model.ts';
import { allow, deny, inside } from '../../kinds/firewall/model.ts';
import { pick } from './spoiled.ts';

/** What the packets go to. */
export const PORTS = [5000, 5001, 5002, 5003, 5004, 5005, 5006, 5007];

/** From `shop` to `db`. */
export interface Sentence {
  readonly verdict: 'allow' | 'deny';
  /** UDP ports; `null` for any. */
  readonly ports: readonly [first: number, last: number] | null;
  /** Whether it is about the guests that the packets are between, or others on their networks. */
  readonly ours: boolean;
}

/** Nothing passes unless it is allowed, and deny beats allow: said in two lines, and by nobody else. */
export function passes(policy: readonly Sentence[], port: number): boolean {
  const spoken = policy.filter(({ ports, ours }) => ours && (ports === null || (ports[0] <= port && port <= ports[1])));
  return spoken.some(({ verdict }) => verdict === 'allow') && !spoken.some(({ verdict }) => verdict === 'deny');
}

/**
 * Two policies under which some packets pass in both, and some in neither.
 * @param more entries about other ports and guests, in each.
 */
export function policyPair(random: () => number, more = 4): readonly [readonly Sentence[], readonly Sentence[]] {
  for (;;) {
    const pair = [somePolicy(random, more), somePolicy(random, more)] as const;
    const both = PORTS.map((port) => pair.filter((policy) => passes(policy, port)).length);
    if (both.includes(0) && both.includes(2)) return pair;
  }
}

function somePolicy(random: () => number, more: number): readonly Sentence[] {
  const port = (): number => pick(random, PORTS);
  const range = (): readonly [number, number] => {
    const [one, other] = [port(), port()];
    return one < other ? [one, other] : [other, one];
  };
  const sentence = (): Sentence => ({
    verdict: random() < 0.7 ? 'allow' : 'deny',
    ports: random() < 0.1 ? null : random() < 0.6 ? range() : ([0, 0].fill(port()) as [number, number]),
    ours: random() < 0.8,
  });
  const others = Array.from({ length: more }, (): Sentence => {
    const at = 6000 + Math.floor(random() * 50_000);
    return { verdict: pick(random, ['allow', 'deny'] as const), ports: [at, at], ours: random() < 0.5 };
  });
  return [...Array.from({ length: 1 + Math.floor(random() * 4) }, sentence), ...others];
}

/** As the model has it. */
export function policyEntries(policy: readonly Sentence[]): readonly PolicyEntry[] {
  return policy.map(({ verdict, ports, ours }, index) => {
    const service = ports === null ? 'any' : `${ports[0] === ports[1] ? String(ports[0]) : ports.join('-')}/udp`;
    const from = [inside('shop', ours ? '10.1.1.0/24' : '10.1.1.77/32')];
    const to = [inside('db', ours ? '10.1.2.10/32' : '10.1.2.78/32')];
    return (verdict === 'allow' ? allow : deny)(`p${String(index)}`, [service], from, to);
  });
}
