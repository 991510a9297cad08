/** Parts on the disk: only regular files with text in them, and none outside where there is an outside. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { partReader } from '../../server/topology/load.ts';

let root = '';
let inside = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'trunkline-parts-'));
  inside = join(root, 'served');
  mkdirSync(join(inside, 'folder.yaml'), { recursive: true });
  writeFileSync(join(root, 'outside.yaml'), 'policy: []');
  writeFileSync(join(root, 'served-too.yaml'), 'policy: []');
  writeFileSync(join(inside, 'good.yaml'), 'description: größe');
  writeFileSync(join(inside, 'large.yaml'), '#'.repeat(1024 * 1024 + 1));
  writeFileSync(join(inside, 'full.yaml'), '#'.repeat(1024 * 1024));
  writeFileSync(join(inside, 'binary.yaml'), Buffer.from([0x61, 0xe4, 0x62]));
  symlinkSync('../outside.yaml', join(inside, 'link.yaml'));
  symlinkSync('good.yaml', join(inside, 'good-link.yaml'));
  symlinkSync('/dev/zero', join(inside, 'zero.yaml'));
  execFileSync('mkfifo', [join(inside, 'pipe.yaml')]);
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

test('text', () => {
  const read = partReader();
  expect(read(join(inside, 'good.yaml'))).toEqual({ text: 'description: größe' });
  expect(read(join(inside, 'good-link.yaml'))).toEqual({ text: 'description: größe' });
  expect(read(join(inside, 'link.yaml'))).toEqual({ text: 'policy: []' });
  expect(read(join(inside, 'full.yaml'))).toEqual({ text: '#'.repeat(1024 * 1024) });
});

test.each([
  ['nowhere.yaml', /does not exist\.$/],
  ['good.yaml/x.yaml', /a part of its path is a file\.$/],
  ['folder.yaml', /is a directory\.$/],
  ['pipe.yaml', /is no regular file\.$/],
  ['zero.yaml', /is no regular file\.$/],
  ['large.yaml', /is larger than 1 MiB\.$/],
  ['binary.yaml', /is not UTF-8 text\.$/],
])('%s is refused, with a reason and a hint', (name, reason) => {
  expect(partReader()(join(inside, name))).toEqual({
    reason: expect.stringMatching(reason) as string,
    hint: expect.stringMatching(/^[a-z].*[^.]$/) as string,
  });
});

test.each([
  ['good.yaml', false],
  ['good-link.yaml', false],
  ['../outside.yaml', true],
  ['../served-too.yaml', true],
  ['link.yaml', true],
])('%s, where parts lie in one folder', (name, refused) => {
  const found = partReader(inside)(join(inside, name));
  expect('reason' in found).toBe(refused);
  if ('reason' in found) expect(found.reason).toContain('lies outside the folder');
});
