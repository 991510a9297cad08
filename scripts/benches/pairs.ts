/** Two things measured in turn, A B A B …, so that what else the machine does falls on both. */
export interface PairResult {
  readonly ratio: Spread;
  readonly a: Spread;
  readonly b: Spread;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @returns the ratio A/B pair by pair, and both times in milliseconds. */
export async function measurePairs(
  count: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<PairResult> {
  const times: { readonly a: number; readonly b: number }[] = [];
  for (let index = 0; index < count; index += 1) times.push({ a: await a(), b: await b() });
  return {
    ratio: spread(times.map((each) => each.a / each.b)),
    a: spread(times.map((each) => each.a)),
    b: spread(times.map((each) => each.b)),
  };
}

export async function timeMs(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((x, y) => x - y);
  const at = (index: number): number => sorted[Math.min(Math.max(index, 0), sorted.length - 1)] ?? NaN;
  return { min: at(0), median: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) };
}

export function show({ min, median, max }: Spread, digits = 2): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}
