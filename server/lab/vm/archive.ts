import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { runTool, tryTool } from '../tool.ts';

/**
 * Debian's archive, as apt is configured here. Every package is checked against the signed index before apt gives it to us
 * (apt-secure(8)); what cannot be verified is refused, whatever the configuration says about it.
 */
export interface Archive {
  /** Packages that a package depends on, by name; empty where the archive does not have it. */
  dependenciesOf(name: string): Promise<readonly string[]>;
  /** Unpacks a package into a folder; installs nothing. Gives why not, where it cannot be had. */
  unpack(name: string, folder: string): Promise<string | null>;
}

export const VERIFIED_ONLY = [
  ...['-o', 'APT::Get::AllowUnauthenticated=false'],
  ...['-o', 'Acquire::AllowInsecureRepositories=false', '-o', 'Acquire::AllowDowngradeToInsecureRepositories=false'],
  ...['-o', 'Acquire::AllowWeakRepositories=false', '-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'],
  // As root apt drops to the user _apt where it can; from a folder of ours it cannot, and only warns about it.
  ...['-o', 'APT::Sandbox::User='],
];

/** A mirror that is there and says nothing is given up; a slow one has the time for 30 MB. */
const WITHIN = ['timeout', '--foreground', '600'];
const TIMED_OUT = 124;

/** With the lists of packages that the machine has. */
export function machineArchive(): Archive {
  return archiveWith([]);
}

/** With lists of its own, got now, for a machine whose lists are old or empty: needs no root. Gives why not, where it fails. */
export async function freshArchive(folder: string): Promise<Archive | string> {
  const state = join(folder, 'apt');
  await mkdir(join(state, 'lists/partial'), { recursive: true });
  await mkdir(join(state, 'archives/partial'), { recursive: true });
  const options = [
    ...['-o', `Dir::State::lists=${join(state, 'lists')}`, '-o', `Dir::Cache=${state}`],
    ...['-o', 'Acquire::Languages=none', '-o', 'APT::Update::Error-Mode=any'],
  ];
  const { exitCode, stderr } = await tryTool([...WITHIN, 'apt-get', 'update', '-q', ...VERIFIED_ONLY, ...options]);
  return exitCode === 0 ? archiveWith(options) : why(exitCode, stderr);
}

function archiveWith(options: readonly string[]): Archive {
  return {
    async dependenciesOf(name) {
      const { stdout } = await tryTool(['apt-cache', 'depends', ...options, name]);
      return [...stdout.matchAll(/^\s*Depends: (\S+)$/gm)].map(([, each = '']) => each);
    },
    async unpack(name, folder) {
      const work = await mkdtemp(join(folder, 'download-'));
      try {
        const script = 'cd "$1" && shift && exec "$@"';
        const download = [...WITHIN, 'apt-get', 'download', '-q', ...VERIFIED_ONLY, ...options, name];
        const { exitCode, stderr } = await tryTool(['sh', '-c', script, 'sh', work, ...download]);
        if (exitCode !== 0) return why(exitCode, stderr);
        const file = (await readdir(work)).find((each) => each.endsWith('.deb'));
        if (file === undefined) return `apt-get download ${name} brought nothing`;
        await runTool(`unpack ${name}`, ['dpkg-deb', '-x', join(work, file), folder]);
        return null;
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    },
  };
}

function why(exitCode: number, stderr: string): string {
  if (exitCode === TIMED_OUT) return `apt-get did not come to an end within ${WITHIN.at(-1) ?? ''} s`;
  const lines = stderr.split('\n').filter((line) => line.startsWith('E: '));
  return (lines.length > 0 ? lines.map((line) => line.slice(3)).join('\n') : stderr).trim().slice(0, 1000);
}

/** Debian's name for this machine's sort of processor. Throws `unsupported` where there is no virtual machine for it. */
export function debianArchitecture(): string {
  if (process.arch === 'x64') return 'amd64';
  throw new Failure('unsupported', `There is no virtual lab on ${process.arch}`, {
    detail: 'The virtual machine is made for x86-64 only.',
  });
}
