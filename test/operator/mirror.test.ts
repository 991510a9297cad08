/** What the web process sees of the folder of topologies: those and their parts as they are now, and nothing else. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openMirror } from '../../server/operator/mirror.ts';
import type { Mirror } from '../../server/operator/mirror.ts';
import { MAX_FILE_BYTES } from '../../server/topology/limits.ts';

let root: string;
let folder: string;
let mirror: Mirror;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trunkline-mirror-'));
  folder = join(root, 'topologies');
  const into = join(root, 'copies');
  await mkdir(join(folder, 'office'), { recursive: true });
  await mkdir(into);
  await writeFile(join(folder, 'small.yaml'), 'topology: small\n');
  mirror = openMirror(folder, into, null);
});
afterEach(() => rm(root, { recursive: true }));

async function seen(): Promise<readonly string[]> {
  await mirror.refresh();
  const files = await readdir(mirror.folder, { recursive: true, withFileTypes: true });
  return files
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(mirror.folder.length + 1))
    .sort();
}

const copyOf = (name: string): Promise<string> => readFile(join(mirror.folder, name), 'utf8');

test('what is there, and what becomes of it, is seen; what else lies there is not', async () => {
  await writeFile(join(folder, 'key.pem'), 'secret');
  await writeFile(join(root, 'secret.yaml'), 'topology: secret\n');
  await symlink(join(root, 'secret.yaml'), join(folder, 'link.yaml'));
  await writeFile(join(folder, '.hidden.yaml'), 'topology: hidden\n');
  expect(await seen()).toEqual(['small.yaml']);
  await writeFile(join(folder, 'small.yaml'), 'topology: small\n# changed\n');
  await writeFile(join(folder, 'office', 'office.yaml'), 'topology: office\n');
  expect(await seen()).toEqual(['office/office.yaml', 'small.yaml']);
  expect(await copyOf('small.yaml')).toContain('# changed');
  await rm(join(folder, 'small.yaml'));
  expect(await seen()).toEqual(['office/office.yaml']);
});

test('a part that no topology uses yet is there for whoever writes one that does', async () => {
  await writeFile(join(folder, 'office', 'guests.yaml'), 'guests: {}\n');
  expect(await seen()).toEqual(['office/guests.yaml', 'small.yaml']);
  expect(await copyOf('office/guests.yaml')).toBe('guests: {}\n');
});

test('what is too large, or no text, is seen to be that', async () => {
  await writeFile(join(folder, 'large.yaml'), `topology: large\n${'#'.repeat(2 * MAX_FILE_BYTES)}`);
  await writeFile(join(folder, 'bytes.yaml'), Buffer.from('topology: bytes\n\xff\xfe', 'latin1'));
  expect(await seen()).toEqual(['bytes.yaml', 'large.yaml', 'small.yaml']);
  expect((await copyOf('large.yaml')).length).toBe(MAX_FILE_BYTES + 1);
  expect(await readFile(join(mirror.folder, 'bytes.yaml'))).toEqual(await readFile(join(folder, 'bytes.yaml')));
});

test('whoever asks after a change sees it, whatever is under way', async () => {
  for (let round = 0; round < 20; round += 1) {
    const earlier = mirror.refresh();
    await writeFile(join(folder, 'small.yaml'), `topology: small\n# ${String(round)}\n`);
    await mirror.refresh();
    expect(await copyOf('small.yaml')).toContain(`# ${String(round)}`);
    await earlier;
  }
});
