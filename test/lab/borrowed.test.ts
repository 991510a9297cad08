import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { compileText } from '../../server/model/compile-file.ts';
import { labUp } from '../../server/lab/index.ts';
import { needsOf } from '../../server/lab/needs.ts';
import { liveThroughFile } from '../support/topology-life.ts';

test('what is found on hosts is found in the lab, and carries packets', async () => {
  await liveThroughFile(join(import.meta.dirname, 'borrowed.yaml'));
});

test('a kernel without bonds is told so by name, before anything is made', async () => {
  const file = join(import.meta.dirname, '../vm/bonded.yaml');
  const { model } = compileText({ file, text: readFileSync(file, 'utf8') });
  if (model === null) throw new Error('bonded.yaml does not compile');
  expect(needsOf(model)).toContain('bond');
  if (kernelHasBonds()) return;
  await expect(labUp(model)).rejects.toMatchObject({
    kind: 'unsupported',
    detail: expect.stringContaining('bonds (CONFIG_BONDING): ') as string,
  });
});

function kernelHasBonds(): boolean {
  const probe = 'ip link add name o0 type bond 2>/dev/null && echo yes || echo no';
  return execFileSync('unshare', ['--net', 'sh', '-c', probe], { encoding: 'utf8' }).trim() === 'yes';
}
