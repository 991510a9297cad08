import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { execa } from 'execa';

const TRUNKLINE = join(import.meta.dirname, '../trunkline');

/** Runs the command as it is shipped. Throws where it does not end well. */
export async function trunkline(...args: readonly string[]): Promise<void> {
  await execa(TRUNKLINE, args, { stdin: 'ignore' });
}

/** Of a topology that nobody else has a lab of. */
export function labName(what: string): string {
  return `bench-${what}-${randomBytes(3).toString('hex')}`;
}
