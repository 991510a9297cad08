/** The image that the machines start from, and what is said where it cannot be made. */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildImage } from '../../../scripts/vm/disk/build.ts';
import { diskImage, imageCache } from '../../../scripts/vm/disk/image.ts';
import { holdingFile } from '../../../scripts/vm/disk/lock.ts';
import { freshLists, MACHINE_LISTS, resolvePackages } from '../../../scripts/vm/disk/packages.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-image-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const silent = (): void => undefined;

test('it is made once, and found from then on', async () => {
  const path = await diskImage(imageCache(), (line) => {
    console.error(line);
  });
  const { ino } = await stat(path);
  const said: string[] = [];
  expect(await diskImage(imageCache(), (line) => said.push(line))).toBe(path);
  expect({ said, ino: (await stat(path)).ino }).toEqual({ said: [], ino });
});

test('its packages are named with their versions, with what they need, and always in the same order', async () => {
  const packages = await resolvePackages(['network-manager', 'nftables'], MACHINE_LISTS);
  expect(packages).toEqual(
    expect.arrayContaining([expect.stringMatching(/^libnm0 \d/), expect.stringMatching(/^nftables \d/)]),
  );
  expect(await resolvePackages(['nftables', 'network-manager'], MACHINE_LISTS)).toEqual(packages);
});

test('a package that the archive does not have is named', async () => {
  const answer = await resolvePackages(['nftables', 'no-such-package'], MACHINE_LISTS);
  expect(answer).toEqual({ refused: 'Unable to locate package no-such-package' });
});

test('an archive that does not answer is named', async () => {
  const sources = join(folder, 'sources.list');
  await writeFile(sources, 'deb http://127.0.0.1:9/debian stable main\n');
  const only = ['-o', `Dir::Etc::sourcelist=${sources}`, '-o', 'Dir::Etc::sourceparts=/dev/null'];
  const answer = await freshLists(join(folder, 'lists'), only);
  expect(answer).toEqual({ refused: expect.stringMatching(/127\.0\.0\.1.*Connection refused/) as string });
});

test('where it cannot be made, why is said, and nothing is left', async () => {
  const [cache, lists] = [join(folder, 'cache'), join(folder, 'lists')];
  await mkdir(cache);
  await mkdir(lists);
  const refused = await buildImage({ path: join(cache, 'disk-none.raw'), lists, say: silent });
  expect(refused).toContain('mmdebstrap');
  expect(await readdir(cache)).toEqual([]);
});

test('two who make it do so one after the other', async () => {
  const lock = join(folder, 'lock');
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setTimeout(resolve, 200));
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => holdingFile(lock, silent, work)));
  expect(most).toBe(1);
});
