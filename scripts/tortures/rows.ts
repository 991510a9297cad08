/** The rows of test/torture, each with the digest of the files that make it. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TortureRow } from '../../test/torture/row.ts';

export const TORTURE_FOLDER = path.join(import.meta.dirname, '../../test/torture');

export interface FoundRow {
  /** That of its file, without the ending. */
  readonly name: string;
  /** Of the file and of what it imports from this folder: results of other cases do not add up with those of these. */
  readonly digest: string;
  readonly row: TortureRow;
}

export async function findRows(): Promise<readonly FoundRow[]> {
  const files = readdirSync(TORTURE_FOLDER).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'row.ts',
  );
  return Promise.all(
    files.sort().map(async (file) => {
      const place = path.join(TORTURE_FOLDER, file);
      const exported = Object.values((await import(pathToFileURL(place).href)) as Record<string, unknown>);
      const rows = exported.filter(isRow);
      const [row] = rows;
      if (row === undefined || rows.length > 1)
        throw new Error(`${file} has to export one row, and exports ${String(rows.length)}`);
      return { name: file.slice(0, -'.ts'.length), digest: digestOf(place), row };
    }),
  );
}

function isRow(value: unknown): value is TortureRow {
  return typeof value === 'object' && value !== null && 'promise' in value && 'inCi' in value && 'mutants' in value;
}

/** A seed says the same as long as what makes its case does. */
function digestOf(file: string): string {
  const hash = createHash('sha256');
  for (const each of [...withImports(file)].sort()) hash.update(readFileSync(each));
  return hash.digest('hex').slice(0, 16);
}

function withImports(file: string, found = new Set<string>()): ReadonlySet<string> {
  found.add(file);
  for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']+\.ts)'/g)) {
    const place = path.resolve(path.dirname(file), target);
    const own = place.startsWith(TORTURE_FOLDER + path.sep) && path.basename(place) !== 'row.ts';
    if (own && !found.has(place)) withImports(place, found);
  }
  // A program in C lies beside what compiles it.
  const program = file.replace(/\.ts$/, '.c');
  if (existsSync(program)) found.add(program);
  return found;
}
