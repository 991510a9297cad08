/** What a host keeps of what was kept, and what it makes of that when it starts: a fresh namespace stands for the start. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import type { HostConnection } from '../../server/host/connection.ts';
import { KINDS } from '../../server/kinds/index.ts';
import { applyModel, destroyModel, planModel, runContext } from '../../server/run/apply.ts';
import { keptStates } from '../../server/run/kept.ts';
import type { KeptState } from '../../server/run/kept.ts';
import { confirmRun, rollbackRun } from '../../server/run/window.ts';
import { clutterOn, pictureOf as pictureWithCounters } from '../support/clutter.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { modelOf, smallOffice } from '../support/topologies.ts';
import { applyWith, prepareHost } from '../support/window.ts';
import { yardModel } from '../support/yard.ts';

let host: HostNamespace;
beforeEach(async () => {
  host = await openHostNamespace('here');
  await prepareHost(host);
});
afterEach(async () => {
  await host.close();
});

async function pictureOf(on: HostNamespace): Promise<string> {
  return (await pictureWithCounters(on)).replaceAll(/packets \d+ bytes \d+/g, '');
}

const model = modelOf(smallOffice());
const larger = modelOf(smallOffice({ guests: 4 }));
const here = (): HostConnection => host.connection;
const KEPT = '/run/trunkline/kept';

const files = (on = host): Promise<string> =>
  on.run('sh', '-c', `cd ${KEPT} 2>/dev/null && find . -type f -o -type l | sort | xargs md5sum; exit 0`);

async function kept(topology = 'small'): Promise<readonly KeptState[]> {
  const session = await host.connection.open({ lock: false });
  try {
    return await keptStates(session, topology, KINDS);
  } finally {
    await session.close();
  }
}

describe('what a host keeps', () => {
  test('comes with keeping a run, holds what was wanted, and goes with destroy', async () => {
    const before = await pictureOf(host);
    const first = await applyModel(model, here);
    expect(first.hosts).toMatchObject([{ result: 'applied', atBoot: 'namespace' }]);
    const second = await applyModel(larger, here);
    expect((await kept()).map(({ run, fromNothing }) => [run, fromNothing])).toEqual([
      [second.run, false],
      [first.run, true],
    ]);
    for (const guests of [2, 3, 4]) await applyModel(modelOf(smallOffice({ guests })), here);
    expect(await kept()).toHaveLength(3);
    expect(await host.run('sh', '-c', `ls ${KEPT}/small | wc -l`)).toBe('4');
    const gone = await destroyModel(model, here);
    expect(gone.hosts).toMatchObject([{ result: 'applied', atBoot: 'nobody' }]);
    expect(await kept()).toEqual([]);
    expect(await host.run('ls', '/run/trunkline')).toBe('ended\nholder\nlock');
    expect(await pictureOf(host)).toBe(before);
  });

  test('is not touched by a run that nobody has confirmed, nor by one that is undone or fails', async () => {
    await applyModel(model, here);
    const before = await files();
    const { run } = await applyWith(larger, here, { confirmWithinS: 600 });
    expect(await files()).toBe(before);
    await rollbackRun(run, ['here'], runContext(larger, here));
    expect(await files()).toBe(before);
    const again = await applyWith(larger, here, { confirmWithinS: 600 });
    const confirmed = await confirmRun(again.run, ['here'], runContext(larger, here));
    expect(confirmed).toEqual([{ host: 'here', result: 'confirmed', problems: [], atBoot: 'namespace' }]);
    expect((await kept())[0]).toMatchObject({ run: again.run, topology: 'small' });
  });

  test('is made up for by the next apply where it is missing, and left alone where it is not', async () => {
    await applyModel(model, here);
    const before = await files();
    expect((await applyModel(model, here)).hosts).toMatchObject([{ result: 'unchanged' }]);
    expect(await files()).toBe(before);
    await host.run('rm', '-r', KEPT);
    expect((await applyModel(model, here)).hosts).toMatchObject([{ result: 'unchanged', atBoot: 'namespace' }]);
    expect(await kept()).toHaveLength(1);
    // What somebody took away by hand has nothing left to change, and is forgotten all the same.
    await destroyModel(model, here);
    await applyModel(model, here);
    const state = await host.run('sh', '-c', `cp -r ${KEPT} /run/copy`);
    await destroyModel(model, here);
    await host.run('cp', '-r', '/run/copy', KEPT);
    expect((await destroyModel(model, here)).hosts).toMatchObject([{ result: 'unchanged', atBoot: 'nobody' }]);
    expect([state, await kept()]).toEqual(['', []]);
  });
});

describe('a start', () => {
  let machine: HostNamespace;
  beforeEach(async () => {
    machine = await openHostNamespace('here');
    await prepareHost(machine);
  });
  afterEach(async () => {
    await machine.close();
  });
  const there = (): HostConnection => machine.connection;

  /** The files of the one on the other, as a disk brings them through a reboot. */
  async function start(how = ''): Promise<{ code: number; said: string }> {
    const archive = await host.run('sh', '-c', `cd ${KEPT} && tar -cf - . | base64`);
    await machine.input(archive, 'sh', '-c', `mkdir -p ${KEPT} && cd ${KEPT} && base64 -d | tar -xf -`);
    return restore(how);
  }
  async function restore(how = ''): Promise<{ code: number; said: string }> {
    const said = await machine.run('sh', '-c', `sh ${KEPT}/*/current/restore "$1" 2>&1; echo "code $?"`, 'sh', how);
    return { code: Number(/code (\d+)$/.exec(said)?.[1]), said };
  }
  async function stepsLeft(wanted: Model): Promise<readonly string[]> {
    const [plan] = (await planModel(wanted, there)).hosts;
    return [
      ...(plan?.steps.map(({ action, resource }) => `${action} ${resource}`) ?? []),
      ...(plan?.obstacles.map(({ detail }) => detail) ?? []),
    ];
  }

  test.each([
    ['a gateway in a namespace', model],
    ['a gateway in the host itself', yardModel()],
  ])('makes %s as an apply does, and destroy gives back what this start had', async (_name, wanted) => {
    await applyModel(wanted, here);
    // Another MTU than when it was applied, and down: what is given back is of this start.
    await machine.run('ip', 'link', 'set', 'dev', 'eno1', 'down', 'mtu', '1280');
    await machine.run('sh', '-c', 'echo 2 >/proc/sys/net/ipv4/conf/eno1/rp_filter');
    await clutterOn(machine);
    await machine.run('nft', 'delete', 'table', 'inet', 'small');
    const before = await pictureOf(machine);
    const { code, said } = await start();
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('as it was kept in the run') as string });
    expect(await stepsLeft(wanted)).toEqual([]);
    const standing = await pictureOf(machine);
    // Once more: nothing is done, whatever was changed since.
    await machine.run('ip', 'link', 'set', 'dev', 'eno1', 'mtu', '1290');
    const changed = await pictureOf(machine);
    expect((await restore()).said).toContain('stands already: nothing was done');
    expect(await pictureOf(machine)).toBe(changed);
    expect((await applyModel(wanted, there)).hosts).toMatchObject([{ failure: null }]);
    expect(await pictureOf(machine)).toBe(standing);
    expect((await destroyModel(wanted, there)).hosts).toMatchObject([{ failure: null }]);
    expect(await pictureOf(machine)).toBe(before);
  });

  test('goes on without an interface that does not come, says so, and an apply mends it', async () => {
    await applyModel(model, here);
    await machine.run('ip', 'link', 'delete', 'dev', 'eno1');
    const { code, said } = await start();
    expect(code).toBe(1);
    expect(said).toContain('there is no interface eno1: the rest is made without it');
    expect(said).toContain('small is not whole, without eno1: see trunkline status');
    expect(await stepsLeft(model)).toEqual([expect.stringContaining('There is no interface eno1') as string]);
    await prepareHost(machine);
    expect((await applyModel(model, there)).hosts).toMatchObject([{ result: 'applied', failure: null }]);
    expect(await stepsLeft(model)).toEqual([]);
  });

  test('leaves alone what somebody else has put into his own', async () => {
    await applyModel(model, here);
    await machine.run('sh', '-c', 'ip link add theirs type bridge; ip link set dev eno1 master theirs');
    const { code, said } = await start();
    expect(code).toBe(1);
    expect(said).toContain('eno1 was put into theirs by somebody else');
    expect(await machine.run('ip', '-o', 'link', 'show', 'dev', 'eno1')).toContain('master theirs');
    expect(await stepsLeft(model)).toContainEqual(expect.stringContaining('eno1 is a port of theirs'));
  });

  test('lets nothing up where the rules cannot be loaded', async () => {
    await applyModel(yardModel(), here);
    await host.run('sh', '-c', `cd ${KEPT}/*/current && sed -i 's/type filter hook/type fitler hook/' data`);
    const { code, said } = await start();
    expect(code).toBe(1);
    expect(said).toContain('cannot be loaded: nothing more is done');
    expect(await machine.run('ip', '-o', 'link')).not.toContain('trunkline');
  });

  test('puts back behind the network managers what they took, and only then', async () => {
    const wanted = yardModel();
    await applyModel(wanted, here);
    expect((await start('early')).code).toBe(0);
    await machine.run('sh', '-c', 'ip rule show | grep "proto 201" | while read p _; do ip rule del pref ${p%:}; done');
    expect(await stepsLeft(wanted)).not.toEqual([]);
    expect(await restore('late')).toEqual({ code: 0, said: expect.stringContaining('as it was kept') as string });
    expect(await stepsLeft(wanted)).toEqual([]);
    await machine.run('sh', '-c', 'ip rule show | grep "proto 201" | while read p _; do ip rule del pref ${p%:}; done');
    const changed = await pictureOf(machine);
    expect(await restore('late')).toMatchObject({ code: 0, said: 'code 0' });
    expect(await pictureOf(machine)).toBe(changed);
  });

  test('refuses files of a newer format', async () => {
    await applyModel(model, here);
    await host.run('sh', '-c', `cd ${KEPT}/small/current && sed -i '1s/.*/format 2/' index`);
    const before = await pictureOf(machine);
    expect(await start()).toMatchObject({ code: 1, said: expect.stringContaining('format 2') as string });
    expect(await pictureOf(machine)).toBe(before);
  });
});
