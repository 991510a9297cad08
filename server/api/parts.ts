import { join } from 'node:path';
import { loadTopologyFile, partReader } from '../topology/load.ts';
import { readTopology } from '../topology/read.ts';
import { nameIn } from './places.ts';

/** Paths in the folder of the files that a topology uses (`use:`), whether they are there or not. None lies outside. */
export async function partsOf(folder: string, name: string): Promise<readonly string[]> {
  const source = await loadTopologyFile(join(folder, name));
  const { files } = readTopology(source, { readPart: partReader(folder) });
  const names = files.map((path) => nameIn(folder, path));
  return names.filter((each) => each !== name && !each.startsWith('/') && !each.split('/').includes('..'));
}
