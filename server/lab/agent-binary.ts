import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { Failure } from '../core/failure.ts';

/** The agent's source lies beside this file, and beside the bundle. */
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'agent');
/** Something that is compiled where it runs, once for each version of its sources. */
interface Program {
  readonly name: string;
  readonly sources: readonly string[];
  readonly headers: readonly string[];
  /** How to link it; the first that works is taken. */
  readonly linking: readonly (readonly string[])[];
}

const AGENT_SOURCES = [
  'through.c',
  ...['main.c', 'node.c', 'control.c', 'sockets.c', 'listen.c', 'relay.c', 'probe.c', 'watch.c', 'capture.c'],
  ...['frames.c', 'keep.c', 'serve.c', 'command.c', 'in.c', 'speak.c', 'each.c', 'neighbours.c'],
];
/** Static where the C library allows: it then runs whatever the node's mounts look like. */
const AGENT: Program = {
  name: 'agent',
  sources: AGENT_SOURCES,
  headers: ['agent.h', 'frames.h'],
  linking: [['-static'], []],
};
const PRELOAD: Program = {
  name: 'preload',
  sources: ['preload/files.c'],
  headers: [],
  linking: [['-shared', '-fPIC']],
};
const GROUPS: Program = {
  name: 'groups',
  sources: ['preload/groups.c'],
  headers: [],
  linking: [['-shared', '-fPIC']],
};
const FLAGS = ['-std=gnu11', '-O2', '-Wall', '-Wextra'];
const COMPILERS = ['cc', 'gcc', 'clang'];

/**
 * Path of the lab's agent: what `TRUNKLINE_AGENT` names, else a prebuilt one beside the source, else compiled once into
 * the user's cache folder. Throws `tool-missing` where that needs a compiler that is not there.
 */
export async function agentBinary(): Promise<string> {
  const named = process.env['TRUNKLINE_AGENT'];
  if (named !== undefined && named !== '') {
    if (await isExecutable(named)) return named;
    throw new Failure('tool-missing', `TRUNKLINE_AGENT names no program: ${named}`);
  }
  return built(AGENT);
}

/** What virtiofsd is started with where there is no root: see agent/preload. Throws as `agentBinary` does. */
export function filesPreload(): Promise<string> {
  return built(PRELOAD);
}

/** What sshd is started with in a host of a lab where there is no root: see agent/preload. Throws as `agentBinary` does. */
export function groupsPreload(): Promise<string> {
  return built(GROUPS);
}

async function built(program: Program): Promise<string> {
  const prebuilt = join(FOLDER, `${program.name}-${process.arch}`);
  if (await isExecutable(prebuilt)) return prebuilt;
  const target = join(cacheFolder(), 'trunkline', `${program.name}-${await sourceHash(program)}`);
  if (!(await isExecutable(target))) await compile(program, target);
  return target;
}

/** `XDG_CACHE_HOME`, else `~/.cache`; without a home, a folder in the one for temporary files. */
export function cacheFolder(): string {
  const set = process.env['XDG_CACHE_HOME'];
  if (set !== undefined && set.startsWith('/')) return set;
  const home = homedir();
  return home === '' || home === '/' || home === '/nonexistent'
    ? join(tmpdir(), `trunkline-${String(process.getuid?.() ?? 0)}`)
    : join(home, '.cache');
}

async function sourceHash({ headers, sources }: Program): Promise<string> {
  const hash = createHash('sha256').update(`${process.arch} ${FLAGS.join(' ')}`);
  for (const file of [...headers, ...sources]) hash.update(await readFile(join(FOLDER, file)));
  return hash.digest('hex').slice(0, 16);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function compile(program: Program, target: string): Promise<void> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new Failure('no-rights', `The cache folder ${folder} cannot be made`, {
      detail: 'Set XDG_CACHE_HOME to a folder that can be written.',
      cause,
    });
  });
  const draft = `${target}.${String(process.pid)}`;
  const sources = program.sources.map((file) => join(FOLDER, file));
  let said = '';
  try {
    for (const compiler of COMPILERS) {
      for (const linking of program.linking) {
        const result = await execa(compiler, [...FLAGS, ...linking, '-o', draft, ...sources], { reject: false });
        if (result.code === 'ENOENT') break;
        if (result.exitCode === 0) {
          await rename(draft, target);
          return;
        }
        said = result.stderr;
      }
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new Failure(
    'tool-missing',
    said === '' ? 'The lab needs a C compiler' : 'The lab’s agent does not compile here',
    {
      detail: `${said === '' ? '' : `${said.trim().slice(0, 1000)}\n`}Install gcc and the C library’s headers (Debian, Ubuntu: apt-get install gcc libc6-dev), or name a built agent in TRUNKLINE_AGENT.`,
    },
  );
}
