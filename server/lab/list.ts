import { basename } from 'node:path';
import { listLabFolders } from './folder.ts';
import { readLab } from './lab.ts';
import type { Lab } from './lab.ts';

/** The labs of this user, in order of name; one whose processes are all gone is listed without nodes. */
export async function labList(): Promise<readonly Lab[]> {
  const labs = await Promise.all((await listLabFolders()).map((folder) => readLab(basename(folder), folder)));
  return labs.filter((lab) => lab !== null).sort((a, b) => (a.topology < b.topology ? -1 : 1));
}
