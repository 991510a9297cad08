import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vite';

/** The page that `serve` hands out. Everything is a file of its own: the content security policy allows nothing inline. */
export default defineConfig({
  root: new URL('web', import.meta.url).pathname,
  base: '/',
  plugins: [react(), compressed()],
  build: {
    outDir: new URL('dist/web', import.meta.url).pathname,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // cytoscape alone is larger than the default limit of the warning.
    chunkSizeWarningLimit: 900,
  },
});

/** Puts `NAME.gz` beside what is text and of some size: the server hands that out to browsers that take it. */
function compressed(): Plugin {
  return {
    name: 'trunkline:compressed',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      for (const name of Object.keys(bundle).filter((each) => /\.(js|css)$/.test(each))) {
        const text = await readFile(path.join(dir, name));
        if (text.length > 1024)
          await writeFile(path.join(dir, `${name}.gz`), await promisify(gzip)(text, { level: 9 }));
      }
    },
  };
}
