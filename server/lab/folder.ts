import { lstat, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import { shortTag } from '../core/hash.ts';

/**
 * Where labs keep what is needed to find their processes again: a folder a lab, for its owner only. As root under /run, else
 * in the user's runtime folder.
 */
export function labsFolder(): string {
  const user = process.getuid?.() ?? 0;
  if (user === 0) return '/run/trunkline/lab';
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return runtime !== undefined && runtime.startsWith('/')
    ? join(runtime, 'trunkline', 'lab')
    : `/tmp/trunkline-${String(user)}/lab`;
}

/** A socket's path is at most 107 bytes long, so that long names are shortened in it. */
export function labFolder(topology: string): string {
  return join(labsFolder(), topology.length <= 40 ? topology : `${topology.slice(0, 24)}-${shortTag(12, topology)}`);
}

/** Makes the folder, and refuses one that somebody else could have prepared. */
export async function makeLabFolder(topology: string): Promise<string> {
  const folder = labFolder(topology);
  for (const path of [dirname(labsFolder()), labsFolder(), folder]) {
    await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw new Failure('no-rights', `The lab’s folder ${path} cannot be made`, { cause });
    });
    const { uid, mode } = await lstat(path).then((found) => (found.isDirectory() ? found : { uid: -1, mode: 0 }));
    if (uid !== (process.getuid?.() ?? 0) || (mode & 0o022) !== 0) {
      throw new Failure('lab', `${path} is not a folder of this user alone`, {
        detail: 'A lab trusts what lies in it. Remove it, then try again.',
      });
    }
  }
  return folder;
}

/** Removes the lab's folder, and those above it where they are empty. */
export async function removeLabFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const path of [labsFolder(), dirname(labsFolder())]) {
    const removed = await rmdir(path).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

export const LabFile = z.object({
  format: z.literal(1),
  topology: z.string(),
  /** Whether `lab up` came to its end: what a killed one left is not built upon. */
  complete: z.boolean(),
  /** The file that it was brought up from, as an absolute path; `null` where it came from stdin. */
  file: z.string().nullable(),
  /** Whether its hosts are reached over ssh. */
  ssh: z.boolean().default(false),
  /** Gateway members and where they are: `vgw-1@gw-x`. */
  members: z.record(z.string(), z.object({ host: z.string(), namespace: z.string().nullable() })),
});
export type LabFile = z.infer<typeof LabFile>;

export async function writeLabFile(folder: string, content: LabFile): Promise<void> {
  const draft = join(folder, 'lab.json.new');
  await writeFile(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  await rename(draft, join(folder, 'lab.json'));
}

export async function readLabFile(folder: string): Promise<LabFile | null> {
  const text = await readFile(join(folder, 'lab.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = LabFile.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

/** The folders of all labs of this user. */
export async function listLabFolders(): Promise<readonly string[]> {
  const entries = await readdir(labsFolder(), { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(labsFolder(), entry.name));
}
