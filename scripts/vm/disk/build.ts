import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../../../server/core/failure.ts';
import { aptErrors, DEBIAN_ONLY } from './packages.ts';
import type { Lists } from './packages.ts';
import { DISK_MIB, NEVER_STARTED, NOT_STARTED, PACKAGES } from './recipe.ts';

export interface Build {
  /** Where the image is to be; its draft lies beside it, and no half image ever has its name. */
  readonly path: string;
  readonly lists: Lists;
  readonly say: (line: string) => void;
}

/** `--kill-child` and a namespace for processes: where we are killed, nothing of it goes on. */
const OF_ITS_OWN = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const LIMIT_MS = 15 * 60_000;

/** Makes the image. Gives why not, where it cannot be; then nothing of it is left. Throws `lab` where it is interrupted. */
export async function buildImage({ path, lists, say }: Build): Promise<string | null> {
  const startedMs = performance.now();
  const draft = `${path}.new`;
  const interruption = new AbortController();
  const interrupt = (): void => {
    interruption.abort();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  say(`making ${path} from Debian's packages; this takes a minute or two`);
  try {
    await mkdir(join(draft, 'tree'), { recursive: true, mode: 0o700 });
    await writeFile(join(draft, 'preferences'), DEBIAN_ONLY);
    const words = [draft, lists, String(DISK_MIB), PACKAGES.join(','), NOT_STARTED.join(' '), NEVER_STARTED.join(' ')];
    const result = await execa('setpriv', [...OF_ITS_OWN, join(import.meta.dirname, 'build'), ...words], {
      stdin: 'ignore',
      all: true,
      reject: false,
      timeout: LIMIT_MS,
      cancelSignal: interruption.signal,
      // unshare(1) lets the softer ones pass by.
      killSignal: 'SIGKILL',
      env: { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (result.isCanceled) throw new Failure('lab', 'The disk image was not made: interrupted');
    if (result.timedOut) return `it was not made within ${String(LIMIT_MS / 60_000)} minutes`;
    if (result.exitCode !== 0) return aptErrors(result.all);
    await rename(join(draft, 'image'), path);
    say(`made in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
    return null;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return error.message;
    throw error;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await rm(draft, { recursive: true, force: true });
  }
}
