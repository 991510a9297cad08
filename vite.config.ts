import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The page that `serve` hands out. Everything is a file of its own: the content security policy allows nothing inline. */
export default defineConfig({
  root: new URL('web', import.meta.url).pathname,
  base: '/',
  plugins: [react()],
  build: {
    outDir: new URL('dist/web', import.meta.url).pathname,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // cytoscape alone is larger than the default limit of the warning.
    chunkSizeWarningLimit: 900,
  },
});
