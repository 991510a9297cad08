/** Who can reach somebody, or what somebody can reach: as a document, and as a table. */
import { endpointText } from '../../core/endpoint-text.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { Model } from '../../flow/model.ts';
import type { Names } from '../../reach/changes/names.ts';
import { namesOf } from '../../reach/changes/names.ts';
import { servicesOf } from '../../reach/changes/services.ts';
import type { ManyAnswer } from '../../reach/questions/questions.ts';
import type { Mapping, Row, RowState } from '../../reach/questions/row.ts';
import type { Span } from '../../reach/rules/ruleset.ts';
import type { ManyAsked } from '../questions.ts';
import { spanText } from '../questions.ts';
import type { Report } from './report.ts';
import type { Lines } from '../hop-text.ts';
import { deciderOf, deciderText, hopsOf, linesOf } from '../hop-text.ts';

interface Places {
  readonly lines: Lines;
  readonly names: Names;
}

export interface Circumstances {
  readonly state: 'file' | 'live' | 'snapshot';
  readonly without: readonly string[];
}

export function manyAnswer(
  model: Model,
  { from, to }: ManyAsked,
  { rows, notes }: ManyAnswer,
  circumstances: Circumstances,
): Report {
  const lines: Places = { lines: linesOf(model), names: namesOf(model) };
  const sorted = rows.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const document = {
    ...{ topology: model.topology, from, to: to?.name ?? null, ...circumstances },
    rows: sorted.map((row) => documentOf(row, lines)),
    notes,
  };
  const title = titleOf(from, to?.name ?? null, model.topology, circumstances);
  return { document, text: textOf(title, sorted, notes, lines), exitCode: 0 };
}

const ORDER: readonly RowState[] = ['yes', 'unknown', 'one-way', 'refused'];

function documentOf(row: Row, { lines, names }: Places): Readonly<Record<string, unknown>> {
  const { from, to, family, sources, sent, arriving, through, path, rule, state, why, witness, way } = row;
  const spans = (list: readonly Span[]): readonly string[] => list.map((each) => spanText(family, each));
  return {
    ...{ state, why, family, from: from.node, sources: spans(sources), to: to?.node ?? null },
    sent: { destinations: spans(sent.destinations), services: servicesOf(sent) },
    arriving: { destinations: spans(arriving.destinations), services: servicesOf(arriving) },
    through: through.map(({ rule: by, ...each }) => ({
      ...each,
      ...{ entry: entryOf(each.before, names), rule: deciderOf(by, lines) },
    })),
    ...{ path, straight: row.straight, listens: row.listens, rule: deciderOf(rule, lines) },
    witness: { ...witness, verdict: way.verdict, hops: hopsOf(way, lines) },
  };
}

function titleOf(from: string | null, to: string | null, topology: string, { state, without }: Circumstances): string {
  const what =
    to === null
      ? from === 'internet'
        ? 'What is exposed to internet'
        : `What ${String(from)} can reach`
      : from === null
        ? `Who can reach ${to}`
        : `How ${from} can reach ${to}`;
  const down = without.length === 0 ? '' : `, without ${without.join(', ')}`;
  return `${what} (${topology}, as ${STATES[state]}${down}):`;
}

const STATES = {
  live: 'the hosts are now',
  file: 'the file wants it',
  snapshot: 'the snapshots show it',
} as const;

const HEADINGS: Readonly<Record<RowState, string | null>> = {
  yes: null,
  unknown: 'Perhaps, since something is not understood:',
  'one-way': 'One way only, without an answer:',
  refused: 'Let through by sets of rules, and refused when it is followed hop by hop:',
};

function textOf(title: string, rows: readonly Row[], notes: readonly string[], lines: Places): string {
  const blocks = ORDER.flatMap((state): readonly string[] => {
    const own = rows.filter((row) => row.state === state);
    if (own.length === 0) return [];
    const heading = HEADINGS[state];
    return [...(heading === null ? [] : ['', heading]), ...tableOf(together(own), lines)];
  });
  const nobody = rows.length === 0 ? ['nothing gets there'] : [];
  const further = notes.map((note) => `Note: ${note}`);
  return `${[title, ...blocks, ...nobody, ...further].map(visibleText).join('\n')}\n`;
}

interface Shown {
  readonly row: Row;
  readonly from: readonly string[];
}

/** Rows that differ in their sender alone are one line. */
function together(rows: readonly Row[]): readonly Shown[] {
  const sender = ({ from, family, sources, straight }: Row): string => {
    const past = straight === null ? '' : ` straight to ${straight}`;
    const few = from.node === 'internet' && isNarrow(family, sources);
    return `${nodeText(from.node)}${few ? ` ${sources.map((each) => spanText(family, each)).join(', ')}` : ''}${past}`;
  };
  const key = (row: Row): string =>
    JSON.stringify([row.to?.stack, servicesOf(row.sent), sentTo(row), arrivesAs(row), row.rule, row.why, row.listens]);
  return [...Map.groupBy(rows, key).values()].flatMap((group): readonly Shown[] => {
    const [row] = group;
    return row === undefined ? [] : [{ row, from: [...new Set(group.map(sender))] }];
  });
}

/** Somebody who was put there to ask, since nobody is. */
function nodeText(node: string): string {
  return node.replace(/^temporary@(.*)$/, 'anybody on $1');
}

/** Not most of the world. */
function isNarrow(family: 4 | 6, sources: readonly Span[]): boolean {
  const size = sources.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
  return size < 1n << (family === 4 ? 31n : 127n);
}

function tableOf(shown: readonly Shown[], lines: Places): readonly string[] {
  const cells = shown.map(({ row, from }) => [
    short(from),
    row.to === null ? '?' : nodeText(row.to.node),
    short(servicesOf(row.sent)),
    sentTo(row),
    arrivesAs(row),
    byText(row, lines),
  ]);
  const table = [['FROM', 'TO', 'PACKETS', 'SENT TO', 'ARRIVE AS', 'BY'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(...table.map((each) => (each[at] ?? '').length)));
  const texts = table.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const [head = '', ...rest] = texts;
  return [`  ${head}`, ...rest.flatMap((line, at) => [`  ${line}`, ...whyOf(shown[at]?.row)])];
}

function whyOf(row: Row | undefined): readonly string[] {
  if (row?.why == null) return [];
  const { witness } = row;
  const at = witness.port === null ? witness.destination : endpointText(witness.destination, witness.port);
  return [`      ${row.why}`, `      for one, ${witness.source} to ${at}/${witness.protocol}`];
}

const MOST_SHOWN = 6;

function short(list: readonly string[]): string {
  const rest = list.length - MOST_SHOWN;
  return `${list.slice(0, MOST_SHOWN).join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}

function sentTo({ sent, family }: Row): string {
  return short(sent.destinations.map((each) => spanText(family, each)));
}

function arrivesAs({ through, listens }: Row): string {
  const silent = listens === false ? 'nothing listens there' : '';
  const last = through.at(-1);
  if (last === undefined) return silent;
  const { address, port } = last.after;
  const text = address === null ? '?' : port === null ? address : endpointText(address, port);
  return `${text}${silent === '' ? '' : `, ${silent}`}`;
}

/** `publish line 30`, where the file publishes it. */
function entryOf({ address, port }: Mapping['before'], names: Names): string | null {
  return address === null ? null : names.published(address, port);
}

function byText({ rule, through, path }: Row, { lines, names }: Places): string {
  const via = path.slice(1, -1).join(', ');
  const mapped = through.map(({ node, before, rule: by }) => {
    const text = entryOf(before, names) ?? (by === null ? null : deciderText(by, lines));
    return `translated at ${node}${text === null ? '' : ` by ${text}`}`;
  });
  const filter = rule === null ? [] : [deciderText(rule, lines)];
  const parts = [...(via === '' ? [] : [`via ${via}`]), ...mapped, ...filter];
  return parts.length === 0 ? 'no filter on the way' : parts.join('; ');
}
