import { InvalidArgumentError } from 'commander';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const LONGEST_S = 24 * 3600;

/** `90s`, `5m`, `1h` → seconds. */
export function parseDuration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,5})([smh])$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? 0);
  if (seconds < 1 || seconds > LONGEST_S)
    throw new InvalidArgumentError('It is written 90s, 5m or 1h, and is at most 24h.');
  return seconds;
}
