/**
 * Flows through the router: first packets, the answers to those that came through, and what follows the answers in the direction
 * of the first ones. Each is said before it is sent, by what conntrack knows from the ones before.
 */
import type { Binding, Connection } from '../../../server/reach/judge/connection.ts';
import { addressField, familyOf, portField, SOME, withFields } from '../../../server/reach/judge/packet.ts';
import type { Packet, Tuple } from '../../../server/reach/judge/packet.ts';
import type { Judgement } from '../../../server/reach/judge/walk.ts';
import type { Ruleset } from '../../../server/reach/rules/ruleset.ts';
import { answerTo, connectionOf, remember } from '../../../server/reach/walk/sessions.ts';
import type { Sessions } from '../../../server/reach/walk/sessions.ts';
import { firstConnection } from '../../support/rules/random-packets.ts';
import type { Heard, Shot } from '../../support/rules/packets.ts';
import type { Router } from '../../support/rules/router.ts';
import type { Judge } from './router-stack.ts';

/** One packet: what was said of it, and what came of it. */
export interface Crossed {
  readonly shot: Shot;
  readonly connection: Connection;
  readonly said: Judgement;
  readonly heard: Heard | undefined;
  /** Another flow became the same one by translation. */
  readonly clashes: boolean;
}

const ANSWERS_FROM = 1000;
const FOLLOWERS_FROM = 2000;
const [SYN, ACK] = [2n, 16n];

export async function exchange(
  router: Router,
  ruleset: Ruleset,
  shots: readonly Shot[],
  say: Judge,
): Promise<readonly Crossed[]> {
  const send = async (
    list: readonly { readonly shot: Shot; readonly connection: Connection }[],
  ): Promise<readonly Crossed[]> => {
    const said = list.map(({ shot, connection }) => say(ruleset, shot, connection));
    const heard = await router.send(list.map(({ shot }) => shot));
    const alike = clashing(said);
    return list.map((each, index) => {
      const judgement = said[index];
      if (judgement === undefined) throw new RangeError('nothing was said');
      return { ...each, said: judgement, heard: heard.get(each.shot.number), clashes: alike.has(index) };
    });
  };
  const first = await send(shots.map((shot) => ({ shot, connection: firstConnection(shot) })));
  const begun = first.flatMap((each) => answerOf(each) ?? []);
  const answers = await send(begun.map(({ answer }) => answer));
  const followers = await send(
    begun.flatMap(({ to }, index) => {
      const answered = answers[index];
      return answered === undefined ? [] : (followerOf(to, answered) ?? []);
    }),
  );
  return [...first, ...answers, ...followers];
}

function isState(packet: Packet, bits: bigint): boolean {
  return packet.get('ct state') === bits;
}

const [ESTABLISHED, NEW] = [2n, 8n];
const TIMESTAMP = 13n;

/** To a packet that was heard, and that conntrack has an entry for. */
function answerOf(to: Crossed): { readonly to: Crossed; readonly answer: Pick<Crossed, 'shot' | 'connection'> } | null {
  const { said, heard, clashes, shot } = to;
  if (heard === undefined || clashes || said.verdict !== 'forwarded' || !isState(said.packet, NEW)) return null;
  if (shot.tuple.icmp?.type === TIMESTAMP) return null;
  const packet = asHeard(said.packet, heard.tuple);
  const sessions: Sessions = new Map();
  remember(sessions, 'router', shot.tuple, packet);
  const tuple = answerTo(heard.tuple);
  return {
    to,
    answer: {
      shot: {
        tuple,
        device: heard.device,
        number: ANSWERS_FROM + shot.number,
        flags: (shot.flags ?? SYN) === SYN ? SYN | ACK : ACK,
      },
      // The identifier of an echo may be another one by now: the model follows addresses and ports.
      connection: connectionOf(sessions, 'router', answerTo({ ...heard.tuple, ...withIcmp(shot.tuple) }), true),
    },
  };
}

function withIcmp({ icmp }: Tuple): Partial<Tuple> {
  return icmp === undefined ? {} : { icmp };
}

/** What the kernel was free to choose is as it was heard. */
function asHeard(packet: Packet, heard: Tuple): Packet {
  const family = familyOf(packet);
  const fields = [
    [addressField(family, 'source'), heard.source],
    [addressField(family, 'destination'), heard.destination],
    [portField('source'), heard.sourcePort],
    [portField('destination'), heard.destinationPort],
  ] as const;
  return withFields(
    packet,
    fields.filter(([field]) => packet.get(field) === SOME),
  );
}

/** Bit of `ct status` (nf_conntrack_tcp_packet, nf_conntrack_gre_packet). */
const ASSURED = 4n;
/** TCP and GRE: of those a flow is assured once something follows the answer. */
const ASSURING: readonly bigint[] = [6n, 47n];

/** To an answer that conntrack has seen. */
function followerOf({ shot, heard }: Crossed, { said }: Crossed): Pick<Crossed, 'shot' | 'connection'> | null {
  const { packet, verdict } = said;
  const [mark, status] = [packet.get('ct mark'), packet.get('ct status')];
  if (heard === undefined || verdict === 'unknown' || verdict === 'rejected' || !isState(packet, ESTABLISHED))
    return null;
  if (typeof mark !== 'bigint' || typeof status !== 'bigint') return null;
  const { tuple } = shot;
  const bound = {
    source: binding(tuple.source, tuple.sourcePort, heard.tuple.source, heard.tuple.sourcePort),
    destination: binding(
      tuple.destination,
      tuple.destinationPort,
      heard.tuple.destination,
      heard.tuple.destinationPort,
    ),
  };
  return {
    shot: { ...shot, number: FOLLOWERS_FROM + shot.number, flags: ACK },
    connection: {
      ...{ state: 'established', direction: 'original', original: tuple, mark, bound },
      status: ASSURING.includes(tuple.protocol) ? status | ASSURED : status,
    },
  };
}

function binding(from: bigint, fromPort: bigint | null, address: bigint, port: bigint | null): Binding | null {
  return from === address && fromPort === port ? null : { address, port };
}

/** Two flows that translations make one: the kernel gives the second one another port, or drops it where it may not. */
export function clashing(said: readonly Judgement[]): ReadonlySet<number> {
  const seen = new Set<string>();
  const found = new Set<number>();
  said.forEach(({ packet, verdict, steps }, number) => {
    // Chains of the interface that it leaves by come behind conntrack: what they drop has its flow as well.
    if (verdict !== 'forwarded' && !steps.some(({ hook }) => hook === 'egress')) return;
    const family = familyOf(packet);
    const fields = [
      addressField(family, 'source'),
      addressField(family, 'destination'),
      portField('source'),
      portField('destination'),
    ];
    const key = ['l4proto' as const, ...fields].map((field) => String(packet.get(field))).join(' ');
    if (seen.has(key)) found.add(number);
    seen.add(key);
  });
  return found;
}
