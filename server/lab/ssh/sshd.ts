/**
 * The sshd of the lab's hosts: the one that is installed, else that of Debian's package, unpacked into the cache. Installing
 * the package would start a server on the machine itself.
 */
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { cacheFolder } from '../agent-binary.ts';
import { tryTool } from '../tool.ts';
import { freshArchive, machineArchive } from '../vm/archive.ts';
import type { Archive } from '../vm/archive.ts';

export interface Sshd {
  readonly program: string;
  /** Folders of libraries that the machine itself does not have. */
  readonly libraries: readonly string[];
  /** Lines for its configuration: where its other parts are. */
  readonly parts: readonly string[];
}

const INSTALLED = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'];
const PACKAGE = 'openssh-server';

/** Throws `tool-missing` where there is none and none can be got. */
export async function findSshd(say: (line: string) => void): Promise<Sshd> {
  await checkClient();
  for (const program of INSTALLED) if (await isExecutable(program)) return { program, libraries: [], parts: [] };
  const cache = join(cacheFolder(), 'trunkline');
  const kept = join(cache, 'sshd');
  if (await isExecutable(join(kept, 'usr/sbin/sshd'))) return sshdIn(kept);
  say(`sshd is not installed: unpacking Debian's package ${PACKAGE} into ${kept}; nothing is installed`);
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(cache, 'sshd-'));
  try {
    await unpackSshd(draft);
    await rename(draft, kept).catch(async (cause: unknown) => {
      // Another run may have been first: both brought the same.
      if (!(await isExecutable(join(kept, 'usr/sbin/sshd')))) throw cause;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return sshdIn(kept);
}

async function checkClient(): Promise<void> {
  const script = 'for tool; do command -v "$tool" >/dev/null || echo "$tool"; done';
  const { stdout } = await tryTool(['sh', '-c', script, 'tools', 'ssh', 'ssh-keygen']);
  const missing = stdout.split('\n').filter((line) => line !== '');
  if (missing.length === 0) return;
  throw new Failure('tool-missing', `Not installed: ${missing.join(', ')}`, {
    detail: 'Hosts over ssh are reached with OpenSSH (Debian, Ubuntu: apt-get install openssh-client).',
  });
}

async function unpackSshd(folder: string): Promise<void> {
  const tried: string[] = [];
  const first = machineArchive();
  if (await unpackFrom(first, folder, tried)) return;
  const fresh = await freshArchive(folder);
  if (typeof fresh === 'string') tried.push(`apt-get update: ${fresh}`);
  else if (await unpackFrom(fresh, folder, tried)) return;
  throw new Failure('tool-missing', 'sshd is not installed, and cannot be got', {
    detail: tried.join('\n'),
    toDo: [
      `On Debian and Ubuntu, with a way to the archive, it is got by itself. Else: apt-get install ${PACKAGE}; on Debian that starts a server on this machine, which systemctl disable --now ssh ends.`,
    ],
  });
}

/** The package, and those it needs whose libraries the machine does not have. */
async function unpackFrom(archive: Archive, folder: string, tried: string[]): Promise<boolean> {
  const seen = new Set<string>();
  for (let names: readonly string[] = [PACKAGE]; names.length > 0;) {
    for (const name of names) {
      seen.add(name);
      const refused = await archive.unpack(name, folder);
      if (refused === null) continue;
      tried.push(`${name}: ${refused}`);
      return false;
    }
    const missing = await missingLibraries(folder);
    if (missing.length === 0) return true;
    const needed = (await Promise.all(names.map((name) => archive.dependenciesOf(name)))).flat();
    names = await notInstalled(needed.filter((name) => name.startsWith('lib') && !seen.has(name)));
    if (names.length === 0) tried.push(`${PACKAGE} needs ${missing.join(', ')}`);
  }
  return false;
}

async function notInstalled(names: readonly string[]): Promise<readonly string[]> {
  const known = [...new Set(names)];
  if (known.length === 0) return [];
  const { stdout } = await tryTool(['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\n', ...known]);
  const installed = new Set(
    stdout.split('\n').flatMap((line) => (line.endsWith(' installed') ? line.split(' ')[0] : [])),
  );
  return known.filter((name) => !installed.has(name));
}

async function missingLibraries(folder: string): Promise<readonly string[]> {
  const { program, libraries } = await sshdIn(folder);
  const { stdout } = await tryTool(['env', `LD_LIBRARY_PATH=${libraries.join(':')}`, 'ldd', program]);
  return [...stdout.matchAll(/^\s*(\S+) => not found$/gm)].map(([, name = '']) => name);
}

async function sshdIn(folder: string): Promise<Sshd> {
  const libraries: string[] = [];
  for (const base of ['lib', 'usr/lib']) {
    const names = await readdir(join(folder, base)).catch(() => []);
    libraries.push(...names.filter((name) => name.includes('-linux-')).map((name) => join(folder, base, name)));
  }
  // Since OpenSSH 9.8 it consists of several programs.
  const parts: string[] = [];
  for (const [option, name] of [
    ['SshdSessionPath', 'sshd-session'],
    ['SshdAuthPath', 'sshd-auth'],
  ] as const) {
    const path = join(folder, 'usr/lib/openssh', name);
    if (await isExecutable(path)) parts.push(`${option} ${path}`);
  }
  return { program: join(folder, 'usr/sbin/sshd'), libraries, parts };
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
