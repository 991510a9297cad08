/** Listings of rules in a snapshot, before anything else is read of it: where one is damaged, it is said where. */
import { Failure } from '../core/failure.ts';
import { escapeControls } from '../observe/json.ts';
import { readManifest } from '../observe/read-snapshot.ts';
import type { SnapshotFolder } from '../observe/snapshot.ts';
import { parseListing } from '../reach/rules/parse-listing.ts';

/** @throws Failure */
export function requireWholeListings(folder: SnapshotFolder): void {
  for (const { file, exitCode } of readManifest(folder).files)
    if (exitCode === 0 && /(^|\/)nftables\.json$/.test(file)) requireWhole(file, folder.get(file) ?? Buffer.alloc(0));
}

function requireWhole(file: string, content: Buffer): void {
  const [first, ...others] = parseListing(escapeControls(content.toString('utf8')), file).unknown;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : `, and ${String(others.length)} more`;
  throw new Failure('file-wrong', 'The snapshot is damaged or not whole', {
    detail: `${first.place ?? file}: ${first.why}${first.text === '' ? '' : `: ${first.text}`}${more}`,
    toDo: ['Take the snapshot again.'],
  });
}
