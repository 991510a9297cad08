/** Text of rules said in another way that means the same, and text that lacks one rule. */
import type { Chance } from '../../support/chance.ts';

/** A way to change lines; `null` where none of them is fit for it. */
type Change = (lines: readonly string[], from: Chance) => readonly string[] | null;

export interface Rewriting {
  readonly name: string;
  /** It means the same afterwards. */
  readonly same: boolean;
  readonly change: Change;
}

const isRule = (line: string): boolean => line.startsWith('add rule ');
/** Whether it matches is decided anew each time. */
const isChancy = (line: string): boolean => /limit|numgen/.test(line);
const RANGE = / (tcp|udp) (dport|sport) (\d+)-(\d+) /;
const LIST = / (tcp|udp) (dport|sport) \{ ([\d, -]+) \} /;
const PROTOCOL = / (tcp|udp) (?:dport|sport) [\d{]/;

/** Each packet meets one of the pieces at most. */
function inPieces(lines: readonly string[], from: Chance, pieces: (line: string) => readonly string[] | null) {
  const fit = lines.flatMap((line, index) => (isRule(line) && !isChancy(line) && pieces(line) !== null ? [index] : []));
  if (fit.length === 0) return null;
  const at = from.pick(fit);
  return lines.flatMap((line, index) => (index === at ? (pieces(line) ?? []) : [line]));
}

const splitRange: Change = (lines, from) =>
  inPieces(lines, from, (line) => {
    const [whole, protocol, end, low, high] = RANGE.exec(line) ?? [];
    const [first, last] = [Number(low), Number(high)];
    if (whole === undefined || first === last) return null;
    const middle = Math.floor((first + last) / 2);
    return [
      [first, middle],
      [middle + 1, last],
    ].map(([a, b]) => line.replace(whole, ` ${String(protocol)} ${String(end)} ${String(a)}-${String(b)} `));
  });

const rulesForSet: Change = (lines, from) =>
  inPieces(lines, from, (line) => {
    const [whole, protocol, end, list = ''] = LIST.exec(line) ?? [];
    if (whole === undefined) return null;
    return list.split(', ').map((each) => line.replace(whole, ` ${String(protocol)} ${String(end)} ${each} `));
  });

const swapDisjoint: Change = (lines, from) => {
  const chainOf = (line: string): string => line.split(' ').slice(0, 5).join(' ');
  const fit = lines.flatMap((line, index) => {
    const next = lines[index + 1] ?? '';
    if (!isRule(line) || !isRule(next) || chainOf(line) !== chainOf(next) || isChancy(line) || isChancy(next))
      return [];
    const [one, other] = [PROTOCOL.exec(line)?.[1], PROTOCOL.exec(next)?.[1]];
    return one !== undefined && other !== undefined && one !== other ? [index] : [];
  });
  if (fit.length === 0) return null;
  const at = from.pick(fit);
  return [...lines.slice(0, at), lines[at + 1] ?? '', lines[at] ?? '', ...lines.slice(at + 2)];
};

/** Of some rules the one that says least: it stands for most packets. */
function broadest(lines: readonly string[], from: Chance, fits: (line: string) => boolean): number | null {
  const fit = lines.flatMap((line, index) => (isRule(line) && fits(line) ? [index] : []));
  if (fit.length === 0) return null;
  const some = [from.pick(fit), from.pick(fit), from.pick(fit)];
  return some.toSorted((a, b) => (lines[a]?.length ?? 0) - (lines[b]?.length ?? 0))[0] ?? null;
}

const removeRule: Change = (lines, from) => {
  const at = broadest(lines, from, () => true);
  return at === null ? null : lines.filter((_, index) => index !== at);
};

const turnVerdict: Change = (lines, from) => {
  const at = broadest(lines, from, (line) => / counter (accept|drop)$/.test(line));
  if (at === null) return null;
  return lines.map((line, index) => {
    if (index !== at) return line;
    return line.endsWith('accept') ? line.replace(/accept$/, 'drop') : line.replace(/drop$/, 'accept');
  });
};

export const REWRITINGS: readonly Rewriting[] = [
  { name: 'ranges split', same: true, change: splitRange },
  { name: 'sets written as rules', same: true, change: rulesForSet },
  { name: 'disjoint rules swapped', same: true, change: swapDisjoint },
  { name: 'rules removed', same: false, change: removeRule },
  { name: 'verdicts turned', same: false, change: turnVerdict },
];
