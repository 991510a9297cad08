import type { FastifyInstance } from 'fastify';
import { Failure } from '../../core/failure.ts';
import { hasErrors } from '../../core/diagnostic.ts';
import type { Model } from '../../flow/model.ts';
import { NODE_ID } from '../../model/graph/ids.ts';
import type { Decider, Hop } from '../../reach/walk/answer.ts';
import type { Answered } from '../../run/ask.ts';
import { ask, parseAsked, questionPlan } from '../../run/ask.ts';
import type { Lines } from '../../run/hop-text.ts';
import { deciderText, linesOf } from '../../run/hop-text.ts';
import { mapIdOf } from '../../run/map-id.ts';
import { wantedWorld } from '../../run/worlds.ts';
import type { TopologyFolder } from '../folder.ts';
import type { DecidedBy, PacketAnswer, PacketHop } from '../schema/packet.ts';
import { serveOperation } from './operation.ts';

/** One packet and its answer, hop by hop, on the hosts as the file wants them: what `trunkline reach` says. */
export function reachRoute(server: FastifyInstance, folder: TopologyFolder): void {
  serveOperation(server, 'GET /api/topologies/:name/reach', async ({ params, query }) => {
    const { from, to, without = [] } = query;
    const compiled = await folder.read(params.name);
    if (compiled === undefined) throw new Failure('file-unreadable', 'No topology of this folder has that name.');
    const { model, diagnostics } = compiled;
    if (model === null || hasErrors(diagnostics))
      throw new Failure('file-wrong', 'The file is wrong, so nothing can be said of its packets.');
    const down = [without].flat();
    requireHosts(model, down);
    const plan = questionPlan(model, parseAsked(from, to));
    const answers = ask(wantedWorld(model, { plan, without: down }), plan);
    const lines = linesOf(model);
    return {
      ...{ formatVersion: 1 as const, diagnostics, from, to, without: down },
      answers: answers.map((each) => answerOf(model, each, (path) => folder.nameOf(path), lines)),
    };
  });
}

function requireHosts(model: Model, names: readonly string[]): void {
  const unknown = names.find((name) => !model.hosts.has(name));
  if (unknown !== undefined)
    throw new Failure('usage', `No host ${JSON.stringify(unknown)} in ${model.topology}`, {
      detail: `It has: ${[...model.hosts.keys()].join(', ')}.`,
    });
}

type NameOf = (path: string) => string;

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
