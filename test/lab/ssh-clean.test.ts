import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { findSshd } from '../../server/lab/ssh/sshd.ts';
import { onOwnMachine } from './own-machine.ts';
import { twoHosts, twoHostsText } from './two-hosts.ts';

type State = Readonly<Record<string, string>>;

/** The machine's state but for the labs' own processes and folders. */
const without = (state: State) => ({
  ...state,
  agents: '',
  others: '',
  files: state['files']?.replaceAll(/^\/run\/trunkline(\/.*)?\n/gm, ''),
});

it('two labs with hosts over ssh know nothing of each other, touch nothing of the machine, and leave nothing', async () => {
  const seen = await onOwnMachine<{
    readonly before: State;
    readonly during: State;
    readonly after: State;
    readonly failed: readonly number[];
    readonly alone: number;
    readonly running: readonly string[];
    readonly left: readonly string[];
  }>('ssh');
  expect([...seen.failed, seen.alone]).toEqual([0, 0, 0]);
  expect(seen.running.filter((line) => line.includes('[mux]'))).toHaveLength(4);
  expect(seen.running.filter((line) => line.startsWith('sshd: ') && line.includes('[listener]'))).toHaveLength(4);
  expect(seen.left).toEqual([]);
  expect(without(seen.during)).toEqual(without(seen.before));
  expect(seen.after).toEqual(seen.before);
}, 240_000);

it.each([900, 1300, 1700, 2200, 3000])(
  '`lab up --ssh` killed after %i ms: the next one converges, and `lab down` removes everything',
  async (delayMs) => {
    const { before, after, failed } = await onOwnMachine<{ before: State; after: State; failed: number }>(
      'killed',
      String(delayMs),
      'up',
      '--ssh',
    );
    expect(failed).toBe(0);
    expect(after).toEqual(before);
  },
  120_000,
);

const NOBODY = 65_534;
const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');

it('works without root too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-ssh-'));
  try {
    const { program } = await findSshd(() => undefined);
    const unpacked = program.replace(/\/usr\/sbin\/sshd$/, '');
    // What was got from the archive is not got again for this user.
    if (unpacked !== '') await cp(unpacked, join(folder, 'cache/trunkline/sshd'), { recursive: true });
    await execa('chown', ['-R', `${String(NOBODY)}:${String(NOBODY)}`, folder]);
    const file = join(folder, 'two-hosts.yaml');
    await writeFile(file, twoHostsText(twoHosts().topology), { mode: 0o644 });
    // The right to read is there for the checkout, which may lie in a folder of root's; no other right is.
    const rights = ['inh-caps', 'ambient-caps', 'bounding-set'].flatMap((name) => [
      `--${name}`,
      `${name === 'ambient-caps' ? '' : '-all,'}+dac_read_search`,
    ]);
    const user = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', ...rights, '--'];
    const env = { XDG_CACHE_HOME: join(folder, 'cache'), XDG_RUNTIME_DIR: folder, HOME: folder };
    const run = (...argv: readonly string[]) =>
      execa('setpriv', [...user, ...argv], { cwd: folder, env, reject: false });
    const trunkline = (...words: readonly string[]) => run(process.execPath, MAIN, ...words);
    try {
      const up = await trunkline('lab', 'up', '--ssh', file, '--json');
      expect(up).toMatchObject({ exitCode: 0 });
      const { lab } = JSON.parse(up.stdout) as { readonly lab: { readonly ssh: { readonly config: string } } };
      expect(await trunkline('status', '--lab', file)).toMatchObject({ exitCode: 0 });
      const asked = await run('ssh', '-F', lab.ssh.config, 'right', 'hostname; id -u; exit 7');
      expect(asked).toMatchObject({ stdout: 'right\n0', exitCode: 7 });
    } finally {
      expect((await trunkline('lab', 'down', file)).exitCode).toBe(0);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);
