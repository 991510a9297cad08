/**
 * One packet from the stack that sends it, hop by hop: the stack's own rules and routes (judge), who answers for the next hop on
 * the wire, the bridges between, what the next stack refuses, until it is delivered or ends somewhere. Where the kernel may take
 * several ways (multipath routes, two owners of an address) all are followed, and have to end alike.
 */
import { formatAddress } from '../../core/address.ts';
import type { NetworkStack, World } from '../../flow/world.ts';
import type { Connection } from '../judge/connection.ts';
import { packetOf } from '../judge/packet.ts';
import type { Packet, Tuple } from '../judge/packet.ts';
import type { Judgement } from '../judge/walk.ts';
import { judge } from '../judge/walk.ts';
import type { Locator } from '../rules/ruleset.ts';
import { rulesetOf } from '../world/rules.ts';
import type { Decider, Hop, Verdict, Way } from './answer.ts';
import { choose, everyChoice } from './choices.ts';
import type { Choices } from './choices.ts';
import type { Frame } from './frames.ts';
import { callsIp, frameFate, macFields } from './frames.ts';
import { hopsOf, switchHops, viewOf } from './hops.ts';
import { neighboursAt } from './neighbours.ts';
import type { Decision, Router } from './router.ts';
import { chooseSource, routerOf } from './router.ts';
import type { Endpoint } from './segment.ts';
import { spreadOf } from './spread.ts';
import type { Sessions } from './sessions.ts';
import { connectionOf, remember, tupleKey, tupleOf } from './sessions.ts';
import { hasIpv6 } from './settings.ts';

export interface Sending {
  readonly stack: NetworkStack;
  readonly tuple: Tuple;
  /** An answer, and not the first packet of a flow. */
  readonly answers: boolean;
  readonly sessions: Sessions;
  readonly spread: Spread;
}

/** Which of several numbers is taken where a rule takes any, and of how many, as far as it has been found. */
export interface Spread {
  readonly taken: number;
  count: number;
}

/** No router hands a packet on more often (the default of TTL and hop limit). */
const MOST_HOPS = 64;

/** With the sessions that the stacks on the way remember, those of the first way where there are several. */
export function follow(world: World, sending: Sending): Way {
  const ways: Way[] = [];
  const whole = everyChoice((choices) => {
    const sessions: Sessions = ways.length === 0 ? sending.sessions : structuredClone(sending.sessions);
    ways.push(followOne(world, { ...sending, sessions }, choices));
  });
  const [first, ...others] = ways;
  if (first === undefined) throw new TypeError('a packet that takes no way');
  const differing = others.find((each) => !endsAlike(first, each));
  if (whole && differing === undefined) return first;
  const why =
    differing === undefined
      ? 'there are too many ways to follow them all'
      : `it may take several ways: ${first.why}; or ${differing.why}`;
  return { ...first, verdict: 'unknown', why, by: null };
}

function endsAlike(one: Way, other: Way): boolean {
  const same = one.end?.stack === other.end?.stack && JSON.stringify(one.packet) === JSON.stringify(other.packet);
  return one.verdict === other.verdict && (one.verdict !== 'delivered' || same);
}

interface At {
  readonly stack: NetworkStack;
  /** `null`: it begins here. */
  readonly device: string | null;
  readonly tuple: Tuple;
  /** Of the frame that it came in. */
  readonly macs?: Pick<Frame, 'fromMac' | 'toMac'>;
  /** Where it came in by a bridge: the port of that. */
  readonly port?: string | null;
}

interface Ended {
  readonly verdict: Verdict;
  readonly why: string;
  readonly by?: Decider | null;
  readonly doubts?: readonly string[];
}

function followOne(world: World, sending: Sending, choices: Choices): Way {
  const hops: Hop[] = [];
  const seen = new Set<string>();
  let at: At = { stack: sending.stack, device: null, tuple: sending.tuple };
  for (;;) {
    const key = `${at.stack.id} ${at.device ?? ''} ${tupleKey(at.tuple)}`;
    const next: At | Ended =
      seen.has(key) || seen.size > MOST_HOPS
        ? { verdict: 'loop', why: `it comes back to ${at.stack.node}` }
        : passStack(world, sending, at, choices, hops);
    seen.add(key);
    if ('stack' in next) {
      at = next;
      continue;
    }
    const { verdict, why, by = null, doubts = [] } = next;
    const end = { node: at.stack.node, stack: at.stack.id, device: at.device };
    return { verdict, end, packet: hops.at(-1)?.packet ?? viewOf(at.tuple), why, by, hops, doubts };
  }
}

function packetAt({ tuple, device, macs }: At, answers: boolean, taken: number): Packet {
  // The answer to SYN is SYN and ACK.
  const flags = tuple.protocol === 6n ? [['tcp flags', answers ? 0x12n : 2n] as const] : [];
  const chance = ['chance', BigInt(taken)] as const;
  return packetOf({
    tuple,
    device,
    known: new Map([...flags, chance, ...(macs === undefined ? [] : macFields(macs))]),
  });
}

/** What a stack sends to itself was translated when it was sent. */
const SETTLED: Connection = { state: 'new', bound: { source: null, destination: null } };

function passStack(
  world: World,
  { answers, sessions, spread }: Sending,
  at: At,
  choices: Choices,
  hops: Hop[],
): At | Ended {
  const { stack, device, tuple } = at;
  const { node } = stack;
  if (stack.unread.length > 0) return { verdict: 'unknown', why: `${node} has ${stack.unread.join(', ')}` };
  if (device !== null && tuple.family === 6 && !hasIpv6(stack, device))
    return { verdict: 'dropped', why: `IPv6 is off on ${device} of ${node}` };
  const packet = packetAt(at, answers, spread.taken);
  const known = connectionOf(sessions, stack.id, tuple, answers && device !== null);
  // Who answers has seen the flow, although nothing there may have needed to remember it.
  const connection =
    device === 'lo' ? SETTLED : answers && device === null && known.state === 'new' ? answering(tuple) : known;
  const judged = (branch: number): readonly [Judgement, Router] => {
    const router = routerOf(stack, device === 'lo' ? null : device, branch);
    return [judge(rulesetOf(stack), router, packet, connection), router];
  };
  let [judgement, router] = judged(0);
  const branch = choose(choices, router.branches);
  if (branch > 0) [judgement, router] = judged(branch);
  spread.count = Math.max(spread.count, spreadOf(rulesetOf(stack), judgement.packet));
  const decision = router.decisions.at(-1);
  const { verdict, by, doubts: rules, notes } = judgement;
  hops.push(...hopsOf({ stack, device, tuple, judgement, decision }));
  const doubts = [...rules.map(ruleText), ...notes];
  const rule = by === null ? null : ({ type: 'rule', ...by } as const);
  if (verdict === 'dropped' || verdict === 'rejected')
    return { verdict, by: rule, doubts, why: `${verdict} by ${node}${by === null ? '' : `: ${ruleText(by)}`}` };
  if (verdict === 'unknown')
    return {
      verdict,
      doubts,
      by: rule,
      why: `what ${node} does with it is not known: ${doubts[0] ?? 'several rules may decide'}`,
    };
  if (verdict === 'no-route') return stopped(node, decision, doubts);
  const left = tupleOf(judgement.packet, tuple);
  if (left === null)
    return { verdict: 'unknown', why: `which address ${node} translates to is not known`, by: null, doubts };
  if (!answers && device !== 'lo') remember(sessions, stack.id, tuple, judgement.packet);
  if (verdict === 'local') return { verdict: 'delivered', why: `it is delivered to ${node}`, doubts };
  if (judgement.device === 'lo') return { stack, device: 'lo', tuple: left };
  const way = wayOut(router, judgement.device);
  if (way === undefined)
    return { verdict: 'unknown', why: `which router ${node} sends it to is not known`, by: null, doubts };
  return onWire(world, at, left, way, { choices, hops, answers, packet: judgement.packet });
}

function answering(tuple: Tuple): Connection {
  const original = { ...tuple, source: tuple.destination, destination: tuple.source };
  return {
    ...{ state: 'established', direction: 'reply', mark: 0n, status: 10n, bound: { source: null, destination: null } },
    original: { ...original, sourcePort: tuple.destinationPort, destinationPort: tuple.sourcePort },
  };
}

function stopped(node: string, decision: Decision | undefined, doubts: readonly string[]): Ended {
  if (decision?.type === 'refused')
    return {
      verdict: 'dropped',
      why: `${node} drops it: ${decision.why}`,
      by: { type: 'setting', text: decision.why },
    };
  if (decision?.type !== 'none') return { verdict: 'no-route', why: `${node} knows no way`, doubts };
  const { silent, why, route } = decision;
  return { verdict: silent ? 'dropped' : 'no-route', why: `${node}: ${why}`, by: { type: 'route', text: why, route } };
}

/** `undefined` where its ways differ in more than the interface. */
function wayOut({ decisions }: Router, device: string | null): Extract<Decision, { type: 'out' }> | undefined {
  const out = decisions.filter((each) => each.type === 'out').filter(({ way }) => way.device === device);
  const last = out.at(-1);
  return out.every(({ way }) => way.via === last?.way.via) ? last : undefined;
}

interface OnWire {
  readonly choices: Choices;
  readonly hops: Hop[];
  readonly answers: boolean;
  readonly packet: Packet;
}

function onWire(
  world: World,
  at: At,
  tuple: Tuple,
  decision: Extract<Decision, { type: 'out' }>,
  { choices, hops, answers, packet }: OnWire,
): At | Ended {
  const { stack } = at;
  const { family, destination } = tuple;
  const { device, via } = decision.way;
  const address = via ?? destination;
  const from = chooseSource(stack, decision, address);
  const { by, beyond, kept } = neighboursAt(world, { stack, device, family, address, from });
  const name = formatAddress(family, address);
  const [unsure] = beyond;
  if (by.length === 0)
    return unsure === undefined
      ? { verdict: 'no-route', why: kept[0] ?? `nobody answers for ${name} on ${device} of ${stack.node}` }
      : {
          verdict: 'unknown',
          why: `nobody that is known answers for ${name} on ${device} of ${stack.node}: ${unsure}`,
        };
  const next = by[choose(choices, by.length)];
  const far = next === undefined ? undefined : world.stacks.get(next.stack);
  if (next === undefined || far === undefined) return { verdict: 'no-route', why: `nobody answers for ${name}` };
  const turned = turnedBack(at, tuple, next);
  if (turned !== null) return turned;
  const macs = { fromMac: macOf(stack, device), toMac: macOf(far, next.device) };
  const fate = frameFate(world, next.path, {
    ...{ packet, ...macs },
    connectionOn: () => (answers ? answering(tuple) : { state: 'new' }),
  });
  hops.push(...switchHops(world, switched(next, fate.type === 'passes' ? null : fate.at), tuple));
  const last = next.path.at(-1);
  if (fate.type === 'passes')
    return { stack: far, device: next.device, tuple, macs, port: last?.to === null ? last.from : null };
  const by_ = fate.by === null ? null : ({ type: 'rule', ...fate.by } as const);
  const why = `${fate.why}${fate.by === null ? '' : `: ${ruleText(fate.by)}`}`;
  return { verdict: fate.type, why: `${why} (on ${fate.at.stack})`, by: by_ };
}

/**
 * br_netfilter translates a destination while the frame is in the bridge, and where that leads out by the same bridge hands it
 * straight to it (br_nf_pre_routing_finish): by the port that it came in by it does not leave again, nor from isolated to isolated.
 */
function turnedBack(
  { stack, device, port, tuple: before }: At,
  { family, destination }: Tuple,
  next: Endpoint,
): Ended | null {
  const [first] = next.path;
  if (device === null || port == null || first === undefined || before.destination === destination) return null;
  const { to } = first;
  if (first.stack !== stack.id || first.bridge !== device || first.from !== null || to === null) return null;
  const [comes, leaves] = [port, to].map((name) => stack.interfaces.get(name)?.port);
  const kept = to === port ? comes?.hairpin !== true : comes?.isolated === true && leaves?.isolated === true;
  const on = callsIp(stack, device, family);
  if (on === false || !kept) return null;
  const apart = to === port ? 'hairpin is off there' : 'both are isolated';
  const why = `br_netfilter leaves it to bridge ${device} of ${stack.node}, which sends nothing from ${port} to ${to}: ${apart}`;
  return on === true
    ? { verdict: 'dropped', why, by: { type: 'setting', text: why } }
    : { verdict: 'unknown', why: `where br_netfilter is on, ${why}; nobody has told whether it is` };
}

/** Up to the bridge that stops it. */
function switched({ path }: Endpoint, last: Endpoint['path'][number] | null): Endpoint['path'] {
  return last === null ? path : path.slice(0, path.indexOf(last) + 1);
}

/** A VLAN device without a MAC of its own has that of what it lies on. */
function macOf({ interfaces }: NetworkStack, device: string): string | null {
  const found = interfaces.get(device);
  if (found === undefined) return null;
  const { mac, form } = found;
  return mac ?? (form.type === 'vlan' ? (interfaces.get(form.on)?.mac ?? null) : null);
}

/** In short: a rule of ours by the id of its entry, one of somebody else by what it says. */
export function ruleText({ family, table, chain, handle, id, text }: Locator): string {
  const number = handle === null ? '' : ` handle ${String(handle)}`;
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return `${family} ${table} ${chain}${number}: ${id ?? short}`;
}

const LONGEST = 120;
