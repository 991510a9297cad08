import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../core/failure.ts';

/** The folder with the built page: `dist/web` of the package, whether this runs from the bundle or from the sources. */
export function findPage(from: string = import.meta.url): string {
  let folder = dirname(fileURLToPath(from));
  for (;;) {
    const page = join(folder, 'dist', 'web');
    if (existsSync(join(page, 'index.html'))) return page;
    // The package ends here: what lies above belongs to somebody else.
    if (existsSync(join(folder, 'package.json')) || dirname(folder) === folder) break;
    folder = dirname(folder);
  }
  throw new Failure('tool-missing', 'The web page is not built.', { detail: 'Run `npm run build`, then start again.' });
}
