/** The command as it is shipped: `trunkline.mjs` and its parts. */
import path from 'node:path';
import { build as bundle, type BuildOptions, type Plugin } from 'esbuild';

export interface Bundled {
  /** Paths of the modules that went in. */
  readonly inputs: readonly string[];
  /** Names of the files that came out. */
  readonly outputs: readonly string[];
}

/** zod brings its messages in fifty languages, none of which is ever chosen. */
export const oneLanguage: Plugin = {
  name: 'one-language',
  setup(build) {
    build.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

/** How all is bundled that the shipped Node runs. */
export const SHIPPED = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;

export async function bundleCommand(root: string, outdir: string): Promise<Bundled> {
  const { metafile } = await bundle({
    ...SHIPPED,
    absWorkingDir: root,
    // The second is the program of the threads that the server works on.
    entryPoints: { trunkline: 'scripts/command.ts', worker: 'server/api/work/worker.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    // Parts that only some verbs need are files of their own, loaded with the verb: `--version` takes a third of the time.
    splitting: true,
    format: 'esm',
    metafile: true,
    // Dependencies in CommonJS call `require` for what Node itself has.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [oneLanguage],
  });
  const outputs = Object.keys(metafile.outputs).map((file) => path.basename(file));
  return { inputs: Object.keys(metafile.inputs), outputs };
}
