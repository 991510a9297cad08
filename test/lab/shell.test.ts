import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { labDown, labUp } from '../../server/lab/index.ts';
import { twoHosts, twoHostsText } from './two-hosts.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');
const model = twoHosts();
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-shell-'));
  file = join(folder, 'two-hosts.yaml');
  await writeFile(file, twoHostsText(model.topology));
  await labUp(model);
});
afterAll(async () => {
  await labDown(model.topology);
  await rm(folder, { recursive: true });
});

/** On a terminal of its own (script(1)), which types the lines. */
async function typed(node: string, lines: readonly string[]) {
  const command = `"$TRUNKLINE_NODE" "$TRUNKLINE_MAIN" lab exec -it "$TRUNKLINE_FILE" ${node}`;
  const env = {
    TRUNKLINE_NODE: process.execPath,
    TRUNKLINE_MAIN: MAIN,
    TRUNKLINE_FILE: file,
    PROMPT_COMMAND: 'PS1=mine',
  };
  return execa('script', ['-qec', command, '/dev/null'], { env, input: `${lines.join('\n')}\n`, reject: false });
}

it.each([
  ['web', 'web', 'lan'],
  ['left', 'left', 'eno1'],
  ['gw@left', 'left', 'wan'],
])(
  '%s: a shell in it, with its name in the prompt, on the terminal, and the exit code of the shell',
  async (node, host, nic) => {
    const { stdout, exitCode } = await typed(node, [
      'echo on $(hostname) $(ls /sys/class/net | grep -x ' + nic + ')',
      'tty; cd /tmp; sleep 0.1 & jobs',
      'exit 7',
    ]);
    // Without what switches bracketed paste on and off.
    const said = stdout.replaceAll('\r', '').replaceAll(/\x1b\[\?2004[hl]/g, '');
    expect(said).toContain(`${node}:/# `);
    expect(said).toContain(`${node}:/tmp# `);
    expect(said).toContain(`\non ${host} ${nic}\n`);
    expect(said).toMatch(/\/dev\/pts\/\d+/);
    expect(said).toMatch(/\[1\]\+? +Running/);
    expect(said).not.toContain('no job control');
    expect(exitCode).toBe(7);
  },
);

it('reads from a pipe without prompts; a terminal that is asked for has to be there', async () => {
  const exec = (...words: readonly string[]) =>
    execa(process.execPath, [MAIN, 'lab', 'exec', ...words], {
      input: 'hostname; exit 3\n',
      reject: false,
      cwd: folder,
    });
  expect(await exec('-i', file, 'web')).toMatchObject({ stdout: 'web', stderr: '', exitCode: 3 });
  expect(await exec('-i', 'web')).toMatchObject({ stdout: 'web', exitCode: 3 });
  for (const [words, says] of [
    [['-it', file, 'web'], /There is no terminal/],
    [[file, 'web'], /for a shell: trunkline lab exec -it FILE NODE/],
    [['-i', '--json', file, 'web'], /Run what, and where\?/],
    [['-i', file], /Run what, and where\?/],
  ] as const) {
    const said = await exec(...words);
    expect(said.exitCode, words.join(' ')).toBe(64);
    expect(`${said.stderr}${said.stdout}`).toMatch(says);
  }
});
