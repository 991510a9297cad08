import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HostSession, ProgramResult } from '../../server/host/connection.ts';
import { sweepProgram } from '../../server/run/sweep.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';

let host: HostNamespace;
let session: HostSession;
beforeEach(async () => {
  host = await openHostNamespace('here');
  session = await host.connection.open({ lock: false });
  for (const name of ['p1', 'p2', 'other'])
    await host.run('ip', 'link', 'add', 'name', name, 'group', '777', 'type', 'bridge');
});
afterEach(async () => {
  await session.close();
  await host.close();
});

async function sweep(...devices: readonly string[]): Promise<ProgramResult | undefined> {
  return (await session.run([sweepProgram('', 777, devices)]))[0];
}

const left = async (): Promise<readonly string[]> =>
  [...(await host.run('ip', '-o', 'link')).matchAll(/^\d+: ([^:@]+)/gm)].flatMap(([, name]) => name ?? []);

test('a group of exactly the named links is deleted; an empty one is none', async () => {
  expect(await sweep('p1', 'p2', 'other', 'gone-before')).toMatchObject({ exitCode: 0 });
  expect(await left()).toEqual(['lo']);
  expect(await sweep('p1')).toMatchObject({ exitCode: 0 });
});

test.each([
  ['another link', 'true'],
  ['one whose alias looks like ours', `ip link set dev other alias '"ifname":"p1"'`],
  ['one with a hostile name', `ip link set dev other name 'p1";:x' || ip link set dev other name 'p1";x'`],
  ['one whose name begins like ours', `ip link set dev other name p1@p2`],
])('nothing is deleted where %s is in the group', async (_what, change) => {
  await host.run('sh', '-c', change);
  const before = await left();
  const result = await sweep('p1', 'p2');
  expect(result?.exitCode).toBe(1);
  expect(result?.stderr.toString()).toMatch(
    /holds links that are not part of this run \(\S+.*\): nothing in it was deleted/,
  );
  expect(await left()).toEqual(before);
});
