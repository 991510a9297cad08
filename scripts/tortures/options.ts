import { parseArgs } from 'node:util';

export interface Options {
  readonly minutes: number;
  readonly rows: readonly string[];
  readonly seed: number | null;
  readonly mutant: string | null;
  readonly list: boolean;
}

/** Throws with what is wrong, in words. */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      for: { type: 'string' },
      row: { type: 'string', multiple: true },
      seed: { type: 'string' },
      mutant: { type: 'string' },
      list: { type: 'boolean' },
    },
  });
  const { row: rows = [], mutant = null, list = false } = values;
  const seed = values.seed === undefined ? null : wholeNumber('--seed', values.seed);
  const one = seed !== null || mutant !== null;
  if (one && rows.length !== 1) throw new Error('--seed and --mutant need one --row');
  if (!one && !list && values.for === undefined) throw new Error('--for MINUTES is missing');
  return { minutes: values.for === undefined ? 0 : wholeNumber('--for', values.for), rows, seed, mutant, list };
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${option} ${text}: a whole number from 1 on is needed`);
  return Number(text);
}
