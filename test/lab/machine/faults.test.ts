/** What is missing or broken around a virtual lab: said in words, with what to do; and nothing is left of it. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { agentBinary } from '../../../server/lab/agent-binary.ts';
import { labFolder } from '../../../server/lab/folder.ts';
import { fetchKernel } from '../../../server/lab/vm/kernel.ts';
import { smallOffice } from '../../support/topologies.ts';
import { twoHosts, twoHostsText } from '../two-hosts.ts';
import { makeArchive, RELEASE } from './archive.ts';
import { trunkline } from './command-line.ts';
import type { Around, Said } from './command-line.ts';

let folder: string;
let file: string;
let topology: string;
/** An empty one of its own. */
let cache: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vm-faults-'));
  ({ topology } = twoHosts());
  file = join(folder, 'two-hosts.yaml');
  await writeFile(file, twoHostsText(topology));
  cache = join(folder, 'cache');
  await mkdir(cache);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  expect(existsSync(labFolder(topology))).toBe(false);
  expect((await execa('pgrep', ['-r', 'D,R,S,T', '-f', topology], { reject: false })).stdout).toBe('');
});

const up = (around: Around = {}): Promise<Said> => trunkline(['lab', 'up', '--vm', file], around);

/** With the empty cache; the agent, which is none of the cache's troubles, is there. */
const upWithout = async (env: Readonly<Record<string, string>>, prefix: readonly string[] = []): Promise<Said> =>
  up({ env: { XDG_CACHE_HOME: cache, TRUNKLINE_AGENT: await agentBinary(), ...env }, prefix });

/** With mounts of its own, made before by a constant script that gets arguments. */
const mounting = (script: string, ...args: readonly string[]): readonly string[] => [
  ...['unshare', '--mount', '--', 'sh', '-ec', `${script}; shift ${String(args.length)}; exec "$@"`, 'sh', ...args],
];

describe('programs', () => {
  it('QEMU is not installed', async () => {
    const path = join(folder, 'path');
    await mkdir(path);
    for (const place of ['/usr/bin', '/usr/sbin']) {
      for (const name of await readdir(place)) {
        if (!name.startsWith('qemu-system-') && !existsSync(join(path, name)))
          await symlink(join(place, name), join(path, name));
      }
    }
    const said = await up({ env: { PATH: path } });
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toContain(
      'trunkline: The virtual lab needs packages that are not installed\n  qemu-system-x86\n',
    );
    expect(said.stderr).toContain('- Install them: scripts/setup --lab --vm, or apt-get install qemu-system-x86');
  });

  it('virtiofsd is not installed', async () => {
    // A device is no program.
    const hide =
      'for each in /usr/libexec/virtiofsd /usr/lib/qemu/virtiofsd /usr/bin/virtiofsd; do [ -e $each ] && mount --bind /dev/null $each; done; :';
    const said = await up({ prefix: mounting(hide) });
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toMatch(
      /needs packages that are not installed\n {2}qemu-system-common \(Debian 13 and later: virtiofsd\)\n/,
    );
    expect(said.stderr).toContain('apt-get install qemu-system-common');
  });
});

describe('memory', () => {
  it('this machine has less than the virtual one needs', async () => {
    const meminfo = join(folder, 'meminfo');
    await writeFile(
      meminfo,
      (await readFile('/proc/meminfo', 'utf8')).replace(/^MemAvailable:.*$/m, 'MemAvailable:     512000 kB'),
    );
    const said = await up({ prefix: mounting('mount --bind "$1" /proc/meminfo', meminfo) });
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toContain(
      'trunkline: Too little memory for the virtual machine\n  It needs 896 MiB, and 500 MiB are available here.\n',
    );
    expect(said.stderr).toContain('take other virtual labs down');
  });

  it('QEMU gets less than it asks for', async () => {
    const limited = join(folder, 'qemu-system-x86_64');
    const { stdout: real } = await execa('sh', ['-c', 'command -v qemu-system-x86_64']);
    await writeFile(limited, `#!/bin/sh\nulimit -v 600000\nexec ${real} "$@"\n`);
    await chmod(limited, 0o755);
    const said = await up({ env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` } });
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toContain('trunkline: The virtual machine does not come to stand\n');
    expect(said.stderr).toContain('Cannot allocate memory');
    expect(said.stderr).toContain('take other virtual labs down');
    // It is the same however often it is tried.
    expect(said.stderr).not.toContain('once more');
  });
});

describe('the kernel’s package', () => {
  it('is in no archive, and none can be asked', async () => {
    const { env } = await makeArchive(folder, 'none');
    const said = await upWithout(env);
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toContain(
      'trunkline: Debian’s kernel for the virtual machine cannot be had\n  linux-image-cloud-amd64: apt knows no such package\n',
    );
    expect(said.stderr).toMatch(/apt-get update, into .*: .*archive/);
    expect(said.stderr).toContain('- On Debian, with a way to its archive: apt-get update (as root), then try again.');
  });

  it('vanished from the archive that still lists it', async () => {
    const { env, deb } = await makeArchive(folder, 'trusted');
    await rm(deb);
    const said = await upWithout(env);
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toMatch(new RegExp(`linux-image-${RELEASE}: .*kernel.deb`));
    expect(said.stderr).toContain('To do:');
  });

  it('is not what the index says', async () => {
    const { env, deb } = await makeArchive(folder, 'trusted');
    const bytes = await readFile(deb);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    await writeFile(deb, bytes);
    const said = await upWithout(env);
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toMatch(/Hash Sum mismatch/);
    expect(await readdir(join(cache, 'trunkline/vm'))).not.toContain(RELEASE);
  });

  it('cannot be had any more, and the one that was got before is taken, saying so', async () => {
    const { env, deb } = await makeArchive(folder, 'trusted');
    await rm(deb);
    for (const release of ['6.1.0-9-cloud-amd64', '6.1.0-10-cloud-amd64']) {
      await mkdir(join(cache, release, 'boot'), { recursive: true });
      await writeFile(join(cache, release, 'boot', `vmlinuz-${release}`), '');
    }
    vi.stubEnv('APT_CONFIG', env.APT_CONFIG);
    const said: string[] = [];
    const { release } = await fetchKernel(cache, (line) => said.push(line)).finally(() => vi.unstubAllEnvs());
    expect(release).toBe('6.1.0-10-cloud-amd64');
    expect(said.at(-1)).toMatch(
      /^the archive gives no kernel \(linux-image-99.*kernel\.deb.*\): using 6\.1\.0-10-cloud-amd64, which was got before$/s,
    );
  });

  it('comes from an archive that nobody has signed', async () => {
    const { env } = await makeArchive(folder, 'unsigned');
    const said = await upWithout(env);
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toMatch(/not signed/);
    expect(await readdir(join(cache, 'trunkline/vm'))).not.toContain(RELEASE);
  });
});

describe('a full disk', () => {
  const FULL = 'mount -t tmpfs -o mode=700,size=$2 none "$1"';

  it('where kernels are kept', async () => {
    const said = await upWithout({}, mounting(FULL, cache, '1m'));
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toMatch(/space/);
    expect(said.stderr).toContain(`- Make room in ${cache}`);
  });

  it.each(['4k', '3m'])('where the machine’s own files are, with %s left', async (size) => {
    const said = await up({ prefix: mounting(`mkdir -p "$1"; ${FULL}`, '/run/trunkline', size) });
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toMatch(/no space left on device/i);
    expect(said.stderr).toMatch(/- Make room in .*\/run\/trunkline/);
  });
});

describe('limits', () => {
  it('more hosts than a machine has ways in', async () => {
    const hosts = Array.from(
      { length: 41 },
      (_, index) =>
        `  h${String(index)}: { access: ssh://root@h${String(index)}.example.net, bridges: { br0: { networks: [n] } } }\n`,
    );
    await writeFile(file, `topology: ${topology}\nnetworks:\n  n: { subnet: 10.0.0.0/16 }\nhosts:\n${hosts.join('')}`);
    const said = await up();
    expect(said).toMatchObject({ exitCode: 1, stdout: '' });
    expect(said.stderr).toContain(
      `trunkline: ${topology} has too many hosts for a virtual machine\n  It has 41; there can be 40. Guests do not count.`,
    );
  });

  it.each([
    ['this machine', [], 'No right to make the namespaces of a lab'],
    ['a virtual machine', ['--vm'], 'The virtual machine does not come to stand'],
  ])('no user namespaces for a lab without root on %s', async (_where, words, summary) => {
    await writeFile(file, smallOffice().replace('topology: small', `topology: ${topology}`));
    // A user of its own in a namespace of its own, in which nobody may make a further one.
    const nobody = ['--inh-caps', '-all', '--ambient-caps', '-all', '--bounding-set', '-all'];
    const script = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"';
    const user = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--keep-caps'];
    const said = await trunkline(['lab', 'up', file, ...words], {
      prefix: [...user, 'sh', '-c', script, 'sh', 'setpriv', ...nobody],
      env: { XDG_RUNTIME_DIR: folder, TRUNKLINE_AGENT: await agentBinary() },
    });
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toContain(`trunkline: ${summary}\n`);
    expect(said.stderr).toContain('sysctl user.max_user_namespaces above 0');
    expect(said.stderr).not.toContain('Make room');
    expect(await readdir(folder)).toEqual(['cache', 'two-hosts.yaml']);
  });
});
