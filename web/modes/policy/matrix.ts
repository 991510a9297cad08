/** The policy matrix as it is drawn. Pure. */
import { compareNaturally } from '../../map/layout/order.ts';
import type { PolicyAnswer, PolicyCell, PolicyEnd } from '../../../server/api/schema/policy.ts';

/** `control`: nothing but messages of ICMP that keep other flows going. */
export type Sign = 'all' | 'some' | 'control' | 'unknown' | 'none';

export interface Matrix {
  readonly from: readonly PolicyEnd[];
  readonly to: readonly PolicyEnd[];
  readonly cell: (from: string, to: string) => PolicyCell | undefined;
}

const keyOf = (from: string, to: string): string => `${from}\n${to}`;

/**
 * Rows and columns whose names hold the search; without it, all.
 *
 * @param bare whether ends that nothing leads to or from are shown
 */
export function matrixOf({ from, to, cells }: PolicyAnswer, search: string, bare: boolean): Matrix {
  const known = new Map(cells.map((cell) => [keyOf(cell.from, cell.to), cell]));
  const open = cells.filter((each) => each.from !== each.to);
  const [senders, receivers] = [new Set(open.map((each) => each.from)), new Set(open.map((each) => each.to))];
  const wanted = search.trim().toLowerCase();
  const meant = ({ name }: PolicyEnd): boolean => name.toLowerCase().includes(wanted);
  const near = (id: string, other: 'from' | 'to'): boolean =>
    open.some((each) => {
      const [own, far] = other === 'to' ? [each.from, each.to] : [each.to, each.from];
      return own === id && (other === 'to' ? to : from).some((end) => end.id === far && meant(end));
    });
  const shown = (end: PolicyEnd, used: ReadonlySet<string>, other: 'from' | 'to'): boolean =>
    (bare || used.has(end.id)) && (wanted === '' || meant(end) || near(end.id, other));
  return {
    from: from.filter((end) => shown(end, senders, 'to')).toSorted(inOrder),
    to: to.filter((end) => shown(end, receivers, 'from')).toSorted(inOrder),
    cell: (one, other) => known.get(keyOf(one, other)),
  };
}

const KINDS: readonly PolicyEnd['kind'][] = ['internet', 'network', 'gateway'];

function inOrder(a: PolicyEnd, b: PolicyEnd): number {
  return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || compareNaturally(a.name, b.name);
}

export function signOf(cell: PolicyCell | undefined): Sign {
  if (cell === undefined) return 'none';
  const control = cell.services.every((each) => /^icmp type /.test(each));
  return cell.verdict === 'some' && control ? 'control' : cell.verdict;
}

/** Where an arrow leads to in the matrix; `null`: it is no key of it. */
export function cellAfter(
  key: string,
  { row, column }: { readonly row: number; readonly column: number },
  { rows, columns }: { readonly rows: number; readonly columns: number },
): { readonly row: number; readonly column: number } | null {
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowDown: [row + 1, column],
    ArrowUp: [row - 1, column],
    ArrowRight: [row, column + 1],
    ArrowLeft: [row, column - 1],
    Home: [row, 0],
    End: [row, columns - 1],
  };
  const next = Object.hasOwn(steps, key) ? steps[key] : undefined;
  if (next === undefined || rows === 0 || columns === 0) return null;
  const within = (at: number, count: number): number => Math.min(count - 1, Math.max(0, at));
  return { row: within(next[0], rows), column: within(next[1], columns) };
}
