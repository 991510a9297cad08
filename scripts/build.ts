/**
 * `npm run build`, and part of `npm ci`: what is shipped, in `dist`. The command (`trunkline.mjs` and its parts; for the
 * Node that builds it, a picture of it loaded, `trunkline.blob`), the web page (`web/`), the C sources that the lab compiles where
 * it runs (`agent/`), the licences of all that went in, and a link to the Node that it was built with, so that the command starts
 * without looking for one.
 */
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build as buildPage } from 'vite';
import { bundleCommand } from './bundle-command.ts';
import { licenceNotices } from './licences.ts';
import { buildBlob } from './warm/build.ts';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

mkdirSync(dist, { recursive: true });
const [page, command] = await Promise.all([bundlePage(), buildCommand()]);
writeFileSync(path.join(dist, 'THIRD-PARTY.txt'), licenceNotices(root, [...page, ...command]));
copyAgent();
linkNode();
try {
  await buildBlob(root, dist);
} catch (error) {
  // A Node that was made without them, say. Nothing is missing then but a little time at each start.
  console.error(`build: no picture of the loaded command, so it starts slower: ${String(error)}`);
}

/** Both give the paths of the modules that went in. */
async function buildCommand(): Promise<readonly string[]> {
  const { inputs, outputs } = await bundleCommand(root, dist);
  removeFormerParts(new Set(outputs));
  return inputs;
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
    filter: (source) =>
      ['agent', 'preload'].includes(path.basename(source)) || ['.c', '.h'].includes(path.extname(source)),
  });
}

function linkNode(): void {
  const link = path.join(dist, 'node');
  const fresh = `${link}.${String(process.pid)}`;
  symlinkSync(process.execPath, fresh);
  renameSync(fresh, link);
}
