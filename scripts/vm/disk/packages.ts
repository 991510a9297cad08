import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERIFIED_ONLY } from '../../../server/lab/vm/archive.ts';
import { tryTool } from '../../../server/lab/tool.ts';

/** A folder of package lists whose signatures apt has checked. */
export type Lists = string;

export const MACHINE_LISTS: Lists = '/var/lib/apt/lists';

/** Only what Debian has published, whatever else apt may know of on this machine; see apt_preferences(5). */
export const DEBIAN_ONLY = `Package: *
Pin: release o=Debian
Pin-Priority: 500

Package: *
Pin: release o=*
Pin-Priority: -1
`;

export interface Unavailable {
  /** What apt said. */
  readonly refused: string;
}

/** Lists got now, for a machine whose own are old or empty. `folder` is emptied first. */
export async function freshLists(folder: string, options: readonly string[] = []): Promise<Lists | Unavailable> {
  await rm(folder, { recursive: true, force: true });
  const lists = join(folder, 'lists');
  for (const each of ['lists/partial', 'archives/partial']) await mkdir(join(folder, each), { recursive: true });
  const places = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${folder}`];
  const wanted = ['-o', 'Acquire::Languages=none', '-o', 'APT::Update::Error-Mode=any'];
  const update = ['apt-get', 'update', '-q', ...VERIFIED_ONLY, ...places, ...wanted, ...options];
  const { exitCode, stderr } = await tryTool(update);
  return exitCode === 0 ? lists : { refused: aptErrors(stderr) };
}

/** Every package that the named ones bring, with its version, a line each, sorted: what an image is made of. */
export async function resolvePackages(
  names: readonly string[],
  lists: Lists,
): Promise<readonly string[] | Unavailable> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-packages-'));
  try {
    const preferences = join(folder, 'preferences');
    await writeFile(preferences, DEBIAN_ONLY);
    const { exitCode, stdout, stderr } = await tryTool([
      ...['apt-get', 'install', '--simulate', '-q', '-o', 'APT::Install-Recommends=false'],
      // As on a machine that has nothing yet; the cache that apt keeps for this one stays as it is.
      ...['-o', 'Dir::State::status=/dev/null', '-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='],
      ...['-o', `Dir::State::lists=${lists}`],
      ...['-o', `Dir::Etc::preferences=${preferences}`, '-o', 'Dir::Etc::preferencesparts=/dev/null'],
      ...['?essential', ...names],
    ]);
    if (exitCode !== 0) return { refused: aptErrors(stderr) };
    return [...stdout.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+) /gm)]
      .map(([, name = '', version = '']) => `${name} ${version}`)
      .sort();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function isUnavailable(answer: unknown): answer is Unavailable {
  return typeof answer === 'object' && answer !== null && 'refused' in answer;
}

/** The lines that say what is wrong, of what apt or a program around it wrote. */
export function aptErrors(output: string): string {
  const lines = output.split('\n').filter((line) => /^(E|Err:\d+|Error): ?|No space left on device/.test(line));
  const said = lines.length > 0 ? [...new Set(lines.map((line) => line.replace(/^E: /, '')))] : [output.trim()];
  return said.join('\n').slice(-2000);
}
