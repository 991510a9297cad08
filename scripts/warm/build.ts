/** `trunkline.blob`: the picture of the loaded command, for the very Node that takes it. */
import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build as bundle, type Plugin } from 'esbuild';
import { oneLanguage, SHIPPED } from '../bundle-command.ts';
import { lazyModules } from './lazy-modules.ts';

/** Those that the picture has; the others, and help, are left to the bundle. `scripts/trunkline` has the same list. */
export const WARM_VERBS = ['apply', 'check', 'confirm', 'destroy', 'plan', 'rollback', 'status'] as const;

const onlyWarmVerbs: Plugin = {
  name: 'only-warm-verbs',
  setup(build) {
    const warm = new RegExp(`^\\./(?:${WARM_VERBS.join('|')})\\.ts$`);
    build.onResolve({ filter: /^\.\// }, ({ path: name, importer, kind }) =>
      path.basename(importer) === 'verbs.ts' && kind === 'dynamic-import' && !warm.test(name)
        ? { path: name, external: true }
        : undefined,
    );
  },
};

/** Of Node, what cannot be in a picture; of the packages, those that look at the process when they are loaded. */
const LAZY = [
  ...['node:sqlite', 'node:tty', 'node:readline', 'node:readline/promises'],
  ...['execa', 'listr2', 'picocolors'],
];

/** What went in is among what went into the bundle. */
export async function buildBlob(root: string, outdir: string): Promise<void> {
  const blob = path.join(outdir, 'trunkline.blob');
  const [script, fresh] = [`${blob}.${String(process.pid)}.cjs`, `${blob}.${String(process.pid)}`];
  // Whatever happens, none stays of what was there before.
  rmSync(blob, { force: true });
  try {
    await bundle({
      ...SHIPPED,
      absWorkingDir: root,
      entryPoints: ['scripts/warm/command.ts'],
      outfile: script,
      format: 'cjs',
      define: { 'import.meta.url': 'globalThis.trunklineUrl' },
      plugins: [oneLanguage, onlyWarmVerbs, lazyModules(LAZY)],
    });
    // Each module of Node that is not yet known to be safe in a picture is a warning.
    execFileSync(process.execPath, ['--no-warnings', '--snapshot-blob', fresh, '--build-snapshot', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    });
    // What `scripts/trunkline` knows this Node by.
    execFileSync('touch', ['-r', process.execPath, fresh]);
    renameSync(fresh, blob);
  } finally {
    for (const left of [script, fresh]) rmSync(left, { force: true });
  }
}
