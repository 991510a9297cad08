/** What is broken in a lab, kept in its folder: it is true for every process that works with the lab, and goes with it. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../core/failure.ts';
import { howText } from './how.ts';

/** An interface of the lab: in a node's own network namespace (`null`), or in one that the plan made there. */
const End = z.object({ node: z.string(), namespace: z.string().nullable(), device: z.string() });
export type End = z.infer<typeof End>;

/**
 * A pair of interfaces: `inner` is the end of the node that is broken, `outer` what it is plugged into. `turned` where it is the
 * other way round, and what the node sends goes out at the outer end.
 */
const Cable = z.object({ inner: End, outer: End, turned: z.boolean() });
export type Cable = z.infer<typeof Cable>;

const How = z.discriminatedUnion('type', [
  z.object({ type: z.literal('cut') }),
  z.object({ type: z.literal('one-way'), lost: z.enum(['out', 'in']) }),
  z.object({ type: z.literal('loss'), perTenThousand: z.int().min(1).max(10_000) }),
  z.object({ type: z.literal('delay'), delayMs: z.int().min(1) }),
]);

/** What was done to what: the cables are kept, so that healing undoes just that, whatever the file says by then. */
const Fault = z.object({ target: z.string(), how: How, cables: z.array(Cable).readonly() });
export type Fault = z.infer<typeof Fault>;

const FaultsFile = z.object({ format: z.literal(1), faults: z.array(Fault) });

function pathIn(folder: string): string {
  return join(folder, 'faults.json');
}

export async function readFaults(folder: string): Promise<readonly Fault[]> {
  const text = await readFile(pathIn(folder), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return [];
  const parsed = FaultsFile.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data.faults;
  throw new Failure('lab', 'What is broken in this lab was written by another version', {
    toDo: ['Take the lab down and bring it up again: trunkline lab down FILE, trunkline lab up FILE'],
  });
}

export async function writeFaults(folder: string, faults: readonly Fault[]): Promise<void> {
  const path = pathIn(folder);
  if (faults.length === 0) {
    await rm(path, { force: true });
    return;
  }
  await writeFile(`${path}.new`, `${JSON.stringify({ format: 1, faults })}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** `web (cut)` */
export function faultText({ target, how }: Fault): string {
  return `${target} (${howText(how)})`;
}

/** As documents have it. */
export interface ShownFault {
  readonly target: string;
  /** `cut`, `one-way`, `one-way in`, `loss 30%`, `delay 50ms`. */
  readonly how: string;
}

export function shownFault({ target, how }: Fault): ShownFault {
  return { target, how: howText(how) };
}
