/**
 * `npm run build`, and part of `npm ci`: what is shipped, in `dist`. The command (`trunkline.mjs` and its parts), the web page
 * (`web/`), the C sources that the lab compiles where it runs (`agent/`), the licences of all that went in, and a link to
 * the Node that it was built with, so that the command starts without looking for one.
 */
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build as bundle, type Plugin } from 'esbuild';
import { build as buildPage } from 'vite';
import { licenceNotices } from './licences.ts';

/** zod brings its messages in fifty languages, none of which is ever chosen. */
const oneLanguage: Plugin = {
  name: 'one-language',
  setup(build) {
    build.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

mkdirSync(dist, { recursive: true });
const [page, command] = await Promise.all([bundlePage(), bundleCommand()]);
writeFileSync(path.join(dist, 'THIRD-PARTY.txt'), licenceNotices(root, [...page, ...command]));
copyAgent();
linkNode();

/** Both give the paths of the modules that went in. */
async function bundleCommand(): Promise<readonly string[]> {
  const { metafile } = await bundle({
    absWorkingDir: root,
    entryPoints: { trunkline: 'scripts/command.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    // Parts that only some verbs need are files of their own, loaded with the verb: `--version` takes a third of the time.
    splitting: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    // Dependencies in CommonJS call `require` for what Node itself has.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [oneLanguage],
  });
  removeFormerParts(new Set(Object.keys(metafile.outputs).map((file) => path.basename(file))));
  return Object.keys(metafile.inputs);
}

function removeFormerParts(parts: ReadonlySet<string>): void {
  for (const name of readdirSync(dist)) {
    if (name.endsWith('.mjs') && !parts.has(name)) rmSync(path.join(dist, name));
  }
}

async function bundlePage(): Promise<readonly string[]> {
  const output = await buildPage({ configFile: path.join(root, 'vite.config.ts'), logLevel: 'warn' });
  if (!('output' in output)) throw new Error('vite made something else than one page');
  return output.output.flatMap((part) => (part.type === 'chunk' ? Object.keys(part.modules) : []));
}

function copyAgent(): void {
  rmSync(path.join(dist, 'agent'), { recursive: true, force: true });
  cpSync(path.join(root, 'server/lab/agent'), path.join(dist, 'agent'), {
    recursive: true,
    filter: (source) => path.basename(source) === 'agent' || ['.c', '.h'].includes(path.extname(source)),
  });
}

function linkNode(): void {
  const link = path.join(dist, 'node');
  const fresh = `${link}.${String(process.pid)}`;
  symlinkSync(process.execPath, fresh);
  renameSync(fresh, link);
}
