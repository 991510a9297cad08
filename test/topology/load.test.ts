import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import { loadTopologyFile } from '../../server/topology/load.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-load-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function refusal(path: string): Promise<Failure> {
  try {
    await loadTopologyFile(path);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`${path} was read`);
}

test('a file is read as it is', async () => {
  const path = file('ok.yaml', 'topology: größe\n');
  expect(await loadTopologyFile(path)).toEqual({ file: path, text: 'topology: größe\n' });
  expect((await loadTopologyFile(file('empty.yaml', ''))).text).toBe('');
});

describe('what cannot be read says why and what to do', () => {
  test.each([
    ['missing', () => join(folder, 'nowhere.yaml'), 'does not exist'],
    ['a file as a folder', () => join(file('a.yaml', ''), 'b.yaml'), 'does not exist: a part of its path is a file'],
    ['a directory', () => folder, 'is a directory'],
    ['too large', () => file('large.yaml', '#'.repeat(1024 * 1024 + 1)), 'is larger than 1 MiB'],
    ['endless', () => '/dev/zero', 'is larger than 1 MiB'],
    ['not UTF-8', () => file('latin1.yaml', Buffer.from([0x61, 0xe4, 0x62])), 'is not UTF-8 text'],
    ['UTF-16', () => file('utf16.yaml', Buffer.from('\ufefftopology: a', 'utf16le')), 'is not UTF-8 but UTF-16'],
    ['a link to itself', () => loop(), 'is a symbolic link that leads back to itself'],
  ])('%s', async (_, path, problem) => {
    const failure = await refusal(path());
    expect(failure.kind).toBe('file-unreadable');
    expect(failure.message).toContain(problem);
    expect(failure.detail).toMatch(/\.$/);
  });

  test('1 MiB exactly is read', async () => {
    expect((await loadTopologyFile(file('full.yaml', '#'.repeat(1024 * 1024)))).text).toHaveLength(1024 * 1024);
  });

  test('a name with terminal escapes is shown escaped', async () => {
    expect((await refusal(join(folder, '\u001b[31m'))).message).toContain('\\x1b[31m');
  });

  // Root may read everything: a process without rights does the reading.
  test('no right to read', () => {
    const path = file('secret.yaml', 'topology: a\n');
    chmodSync(path, 0);
    chmodSync(folder, 0o755);
    const { stdout } = loadIn(path, process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {});
    expect(stdout).toContain('file-unreadable');
    expect(stdout).toContain('may not be read');
  });
});

test('- is stdin', () => {
  const { stdout } = loadIn('-', { input: 'topology: a\n' });
  expect(JSON.parse(stdout)).toEqual({ file: 'stdin', text: 'topology: a\n' });
});

function loop(): string {
  const path = join(folder, 'loop.yaml');
  symlinkSync('loop.yaml', path);
  return path;
}

function loadIn(path: string, options: { uid?: number; gid?: number; input?: string }) {
  const loader = pathToFileURL(join(import.meta.dirname, '../../server/topology/load.ts')).href;
  const program = `
    const { loadTopologyFile } = await import(${JSON.stringify(loader)});
    const { uid, gid, path } = ${JSON.stringify({ ...options, path })};
    if (uid !== undefined) { process.setgid(gid); process.setuid(uid); }
    try { console.log(JSON.stringify(await loadTopologyFile(path))); }
    catch (error) { console.log(error.kind, error.message, error.detail); }`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    input: options.input ?? '',
    encoding: 'utf8',
  });
}
