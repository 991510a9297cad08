import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface Scripts {
  /** Bytes of all that is loaded at first, each file compressed by itself. */
  readonly initial: number;
  /** Files that are loaded when something is opened. */
  readonly later: readonly string[];
}

/** The JavaScript of a built page: what `index.html` names, and what that imports at once, is loaded at first. */
export async function scriptsOf(dist: string): Promise<Scripts> {
  const html = await readFile(join(dist, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1] ?? '');
  // What the first files import at once is loaded with them.
  const seen = new Set<string>();
  const load = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = await readFile(join(dist, file), 'utf8');
    for (const [, next] of text.matchAll(/(?:import|from)\s*"\.\/([^"]+\.js)"/g)) await load(`assets/${next ?? ''}`);
  };
  for (const file of named) await load(file);
  let initial = 0;
  for (const file of seen) initial += gzipSync(await readFile(join(dist, file)), { level: 9 }).length;
  const all = (await readdir(join(dist, 'assets'))).filter((file) => file.endsWith('.js'));
  return { initial, later: all.filter((file) => !seen.has(`assets/${file}`)) };
}
