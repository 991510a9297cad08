/** The topology files of the folder. */
import { join } from 'node:path';
import { findTopologies } from '../api/folder.ts';
import { Failure } from '../core/failure.ts';

/** The path of a topology of this name: only what the listing itself came up with is ever opened. Throws `file-unreadable`. */
export async function topologyPath(folder: string, name: string): Promise<string> {
  const found = (await findTopologies(folder)).find((each) => each === name);
  if (found === undefined) throw noSuchTopology();
  return join(folder, found);
}

function noSuchTopology(): Failure {
  return new Failure('file-unreadable', 'No topology of this folder has that name.');
}
