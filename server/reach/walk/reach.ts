/** Whether one end gets an answer from another: a packet and its answer, hop by hop, as the World stands. */
import { mustParseAddress } from '../../core/address.ts';
import type { Address, Family } from '../../core/address.ts';
import { endpointText } from '../../core/endpoint-text.ts';
import type { Service } from '../../flow/model.ts';
import type { NetworkStack, StackId, World } from '../../flow/world.ts';
import type { Tuple } from '../judge/packet.ts';
import type { Decider, PacketView, Verdict, Way } from './answer.ts';
import { chooseSource } from './router.ts';
import { routeTo } from './routing.ts';
import type { Sessions } from './sessions.ts';
import { answerTo } from './sessions.ts';
import { viewOf } from './hops.ts';
import { follow } from './way.ts';
import type { Spread } from './way.ts';

export interface Question {
  readonly from: StackId;
  /** The source address; `null`: what the sender would choose. */
  readonly source: Address | null;
  readonly to: Address;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** `null` for icmp. */
  readonly port: number | null;
  /** Somebody listens on every port: what is asked is whether the network lets it through. */
  readonly listening?: boolean;
}

export interface Reach {
  /** Of the whole: `delivered` where the packet got there and the answer came back. */
  readonly verdict: Verdict;
  readonly why: string;
  readonly by: Decider | null;
  /** Where the packet itself got to, whatever became of the answer; `null` where nowhere. */
  readonly arrived: { readonly node: string; readonly stack: StackId; readonly packet: PacketView } | null;
  readonly there: Way;
  /** `null` where there was nothing to answer. */
  readonly back: Way | null;
  readonly doubts: readonly string[];
}

/** Any that is free: rules seldom ask for it, and where they do, this is one of many. */
const SOURCE_PORT = 49_321n;
const ECHO = { 4: { type: 8n, code: 0n, id: 77n }, 6: { type: 128n, code: 0n, id: 77n } } as const;
const NUMBERS = { tcp: 6n, udp: 17n } as const;

/** Where rules take any of several numbers, as for a balanced service, the answer is for all of them. */
export function reach(world: World, question: Question): Reach {
  const spread: Spread = { taken: 0, count: 1 };
  const first = reachBy(world, question, spread);
  for (let taken = 1; taken < spread.count; taken += 1) {
    const other = reachBy(world, question, { taken, count: spread.count });
    if (other.verdict === first.verdict && (other.arrived === null) === (first.arrived === null)) continue;
    return { ...first, verdict: 'unknown', why: `it may take several ways: ${first.why}; or ${other.why}`, by: null };
  }
  return first;
}

function reachBy(world: World, question: Question, spread: Spread): Reach {
  const stack = world.stacks.get(question.from);
  if (stack === undefined) return nothing('unknown', `nothing is known of ${question.from}`, question);
  const { family, value } = mustParseAddress(question.to);
  const source = question.source === null ? sourceOf(stack, family, value) : mustParseAddress(question.source).value;
  if (typeof source === 'object') return nothing(source.verdict, source.why, question);
  const sessions: Sessions = new Map();
  const tuple = tupleFor(question, family, source, value);
  const there = follow(world, { stack, tuple, answers: false, sessions, spread });
  const { verdict, why, by, doubts, end } = there;
  const far = end === null ? undefined : world.stacks.get(end.stack);
  if (verdict !== 'delivered' || far === undefined)
    return { verdict, why, by, doubts, arrived: null, there, back: null };
  const arrived = { node: far.node, stack: far.id, packet: there.packet };
  if (question.listening !== true && !hears(far, question.protocol, there.packet.destinationPort)) {
    const text = `it gets to ${far.node}, where nothing listens on ${String(there.packet.destinationPort)}/${question.protocol}`;
    return { verdict: 'not-listening', why: text, by: null, doubts, arrived, there, back: null };
  }
  const back = follow(world, {
    ...{ stack: far, answers: true, sessions, spread },
    tuple: answerTo({ ...tuple, ...valuesOf(there.packet) }),
  });
  const expected = viewOf(answerTo(tuple));
  const home = back.verdict === 'delivered' && back.end?.stack === stack.id;
  const right = endText(back.packet) === endText(expected);
  if (home && right) return { verdict: 'delivered', why, by: null, doubts, arrived, there, back };
  const lost = back.verdict === 'delivered' ? 'dropped' : back.verdict;
  const stray = `it comes back as ${endText(back.packet)}, and ${endText(expected)} is waited for`;
  const text = `it gets to ${far.node}; the answer does not come back: ${home ? stray : back.why}`;
  return { verdict: lost, why: text, by: back.by, doubts: [...doubts, ...back.doubts], arrived, there, back };
}

function nothing(verdict: Verdict, why: string, { to, protocol, port }: Question): Reach {
  const packet: PacketView = {
    ...{ family: mustParseAddress(to).family, protocol, source: null, sourcePort: null },
    ...{ destination: to, destinationPort: port },
  };
  const there: Way = { verdict, end: null, packet, why, by: null, hops: [], doubts: [] };
  return { verdict, why, by: null, arrived: null, there, back: null, doubts: [] };
}

function sourceOf(
  stack: NetworkStack,
  family: Family,
  to: bigint,
): bigint | { readonly verdict: Verdict; readonly why: string } {
  const answer = routeTo(stack, { family, to, from: null, mark: 0n });
  switch (answer.type) {
    case 'local':
      return to;
    case 'unknown':
      return { verdict: 'unknown', why: answer.why };
    case 'none':
      return { verdict: 'no-route', why: `${stack.node}: ${answer.why}` };
    case 'out': {
      const [way] = answer.ways;
      const chosen = way === undefined ? null : chooseSource(stack, { type: 'out', way, route: answer.route }, to);
      return chosen ?? { verdict: 'no-route', why: `${stack.node} has no address to send it with` };
    }
  }
}

function tupleFor({ protocol, port }: Question, family: Family, source: bigint, destination: bigint): Tuple {
  const ends = { family, source, destination };
  if (protocol === 'icmp')
    return {
      ...{ ...ends, protocol: family === 4 ? 1n : 58n, sourcePort: null, destinationPort: null },
      icmp: ECHO[family],
    };
  return { ...ends, protocol: NUMBERS[protocol], sourcePort: SOURCE_PORT, destinationPort: BigInt(port ?? 0) };
}

function valuesOf({ source, sourcePort, destination, destinationPort }: PacketView): Partial<Tuple> {
  return {
    ...(source === null ? {} : { source: mustParseAddress(source).value }),
    ...(destination === null ? {} : { destination: mustParseAddress(destination).value }),
    ...(sourcePort === null ? {} : { sourcePort: BigInt(sourcePort) }),
    ...(destinationPort === null ? {} : { destinationPort: BigInt(destinationPort) }),
  };
}

function endText({ source, sourcePort, destination, destinationPort }: PacketView): string {
  const end = (address: string | null, port: number | null): string =>
    port === null ? (address ?? '?') : endpointText(address ?? '?', port);
  return `${end(source, sourcePort)} to ${end(destination, destinationPort)}`;
}

/** The kernel answers an echo by itself; where nobody has told what listens, something does. */
function hears({ listens }: NetworkStack, protocol: Question['protocol'], port: number | null): boolean {
  if (protocol === 'icmp' || listens === null || port === null) return true;
  return listens.some((each) => isFor(each, protocol, port));
}

function isFor(service: Service, protocol: 'tcp' | 'udp', port: number): boolean {
  if (service.protocol === 'any') return true;
  if (service.protocol !== protocol) return false;
  return service.ports.some(({ first, last }) => port >= first && port <= last);
}
