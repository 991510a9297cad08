/** `isolated: true` on VLAN-aware bridges: by VLAN where a cable carries several networks, untagged ones included. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import { labDown, labRun, labTest, labTestText, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { compileFile } from '../../server/model/compile-file.ts';
import { framesProgram } from '../support/frames.ts';
import type { Site } from '../support/isolation.ts';
import { leaks, sendTricks, stationsOf } from '../support/isolation.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-frames-'));
let program = '';
let model: Model;
let lab: Lab;

const site = (network: string): Site => ({ lab, program, stations: stationsOf(model, network) });
const leaking = async (network: string): Promise<readonly string[]> =>
  leaks(await sendTricks(site(network)), site(network).stations);

beforeAll(async () => {
  program = framesProgram(folder);
  const compiled = await compileFile(join(import.meta.dirname, 'apart-vlans.yaml'));
  if (compiled.model === null) throw new Error('apart-vlans does not compile');
  model = compiled.model;
  ({ lab } = await labUp(model));
});
afterAll(async () => {
  await labDown(model.topology);
  rmSync(folder, { recursive: true });
});

test('meets what it expects', async () => {
  const result = await labTest(model, lab);
  expect(result.failed, labTestText(result)).toBe(0);
});

test('between neighbours of a network that is not isolated, on the same bridges, frames pass', async () => {
  const heard = await sendTricks(site('lan'), ['plain', 'flood', 'forged']);
  expect(heard.get('d1')).toEqual(['c1-d1-flood', 'c1-d1-forged', 'c1-d1-plain', 'gateway-d1']);
});

test.each(['db', 'bare'])('on %s no frame goes from one member to another', async (network) => {
  expect(await leaking(network)).toEqual([]);
});

test('without the table they do, on both, to guests and to the host', async () => {
  const rules = ['guard-postrouting', 'guard-input'].map(
    (chain) => `flush chain bridge apart-vlans-isolation ${chain}`,
  );
  const done = await labRun(lab, 'right', ['nft', rules.join('; ')]);
  expect(done.stderr).toBe('');
  expect(await leaking('db')).toEqual(expect.arrayContaining(['b1 heard a1-b1-plain', 'right heard a1-right-arp']));
  expect(await leaking('bare')).toEqual(expect.arrayContaining(['n2 heard n1-n2-flood', 'right heard n1-right-arp']));
});
