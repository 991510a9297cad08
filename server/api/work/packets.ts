/** One packet and its answer, hop by hop, on the hosts as the file wants them: what `trunkline reach` says, by nodes of the map. */
import { Failure } from '../../core/failure.ts';
import type { Model } from '../../flow/model.ts';
import { NODE_ID } from '../../model/graph/ids.ts';
import type { Decider, Hop } from '../../reach/walk/answer.ts';
import type { Answered } from '../../run/ask.ts';
import { ask, parseAsked, questionPlan } from '../../run/ask.ts';
import type { Lines } from '../../run/hop-text.ts';
import { deciderText, linesOf } from '../../run/hop-text.ts';
import { mapIdOf } from '../../run/map-id.ts';
import { wantedWorld } from '../../run/worlds.ts';
import type { DecidedBy, PacketAnswer, PacketHop } from '../schema/packet.ts';

export interface PacketAsked {
  readonly from: string;
  readonly to: string;
  readonly without: readonly string[];
}

interface PacketsAnswered extends PacketAsked {
  readonly answers: readonly PacketAnswer[];
}

type NameOf = (path: string) => string;

/** Throws `usage` where an end or a host is not known. */
export function packetAnswers(model: Model, { from, to, without }: PacketAsked, nameOf: NameOf): PacketsAnswered {
  requireHosts(model, without);
  const plan = questionPlan(model, parseAsked(from, to));
  const answers = ask(wantedWorld(model, { plan, without }), plan);
  const lines = linesOf(model);
  return { from, to, without, answers: answers.map((each) => answerOf(model, each, nameOf, lines)) };
}

/** Throws `usage` where a host is not known. */
export function requireHosts(model: Model, names: readonly string[]): void {
  const unknown = names.find((name) => !model.hosts.has(name));
  if (unknown !== undefined)
    throw new Failure('usage', `No host ${JSON.stringify(unknown)} in ${model.topology}`, {
      detail: `It has: ${[...model.hosts.keys()].join(', ')}.`,
    });
}

function answerOf(model: Model, { probe, reach }: Answered, nameOf: NameOf, lines: Lines): PacketAnswer {
  const { verdict, why, by, there, back, doubts } = reach;
  const hops = (list: readonly Hop[]): readonly PacketHop[] => list.map((hop) => hopOf(model, hop, nameOf, lines));
  return {
    ...{ family: probe.family, protocol: probe.protocol, verdict, why, doubts },
    from: probe.from,
    to: { ...probe.to, port: probe.port },
    by: decidedBy(by, nameOf, lines),
    hops: hops(there.hops),
    reply: back === null ? null : { verdict: back.verdict, hops: hops(back.hops) },
  };
}

function hopOf(model: Model, hop: Hop, nameOf: NameOf, lines: Lines): PacketHop {
  const { node, interface: device, action, rule, packet, bridge, note } = hop;
  return {
    ...{ node, interface: device, action, packet, note },
    on: bridge === null ? mapIdOf(model, node) : NODE_ID.bridge(node, bridge),
    by: decidedBy(rule, nameOf, lines),
  };
}

function decidedBy(by: Decider | null, nameOf: NameOf, lines: Lines): DecidedBy | null {
  if (by === null) return null;
  const place = by.type === 'rule' && by.id !== null ? lines.get(by.id) : undefined;
  const text = by.type === 'rule' && place !== undefined ? by.text : deciderText(by, lines);
  return { text, file: place === undefined ? null : nameOf(place.file), line: place?.line ?? null };
}
