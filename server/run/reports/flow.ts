/** One flow and its answer, hop by hop: what `trunkline reach FROM TO` says. */
import { endpointText } from '../../core/endpoint-text.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { Model } from '../../flow/model.ts';
import type { Answered } from '../ask.ts';
import type { Lines } from '../hop-text.ts';
import { deciderOf, hopsOf, hopText, linesOf } from '../hop-text.ts';
import type { Circumstances } from './reach-many.ts';
import type { Report } from './report.ts';

interface FlowAsked {
  readonly from: string;
  readonly to: string;
}

export function flowReport(
  model: Model,
  { from, to }: FlowAsked,
  answers: readonly Answered[],
  { state, without }: Circumstances,
): Report {
  const lines = linesOf(model);
  return {
    document: {
      ...{ topology: model.topology, from, to, state, without },
      ...documentOf(answers[0], lines),
      families: answers.map((each) => documentOf(each, lines)),
    },
    text: answers
      .flatMap((each) => textOf(each, lines))
      .map(visibleText)
      .join('\n'),
    exitCode: 0,
  };
}

function documentOf(answered: Answered | undefined, lines: Lines): Readonly<Record<string, unknown>> {
  if (answered === undefined) return {};
  const { probe, reach } = answered;
  const { verdict, why, by, arrived, there, back, doubts } = reach;
  return {
    ...{ family: probe.family, source: probe.from, destination: { ...probe.to, port: probe.port }, verdict, why },
    by: deciderOf(by, lines),
    arrived: arrived === null ? null : { node: arrived.node, packet: arrived.packet },
    hops: hopsOf(there, lines),
    reply: back === null ? null : { verdict: back.verdict, hops: hopsOf(back, lines) },
    doubts,
  };
}

function textOf({ probe, reach }: Answered, lines: Lines): readonly string[] {
  const { verdict, why, there, back, doubts } = reach;
  const port = probe.port === null ? probe.to.address : endpointText(probe.to.address, probe.port);
  return [
    `${probe.from.node} (${probe.from.address}) to ${port}/${probe.protocol}: ${verdict}`,
    `  ${why}`,
    ...there.hops.map((hop) => `  ${hopText(hop, lines)}`),
    ...(back === null ? [] : ['  and back:', ...back.hops.map((hop) => `  ${hopText(hop, lines)}`)]),
    ...(verdict === 'unknown' ? doubts.map((each) => `  not understood: ${each}`) : []),
  ];
}
