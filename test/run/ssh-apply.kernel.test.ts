/** Runs on hosts over real ssh: written, confirmed over a connection of its own, taken back where none comes. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import type { HostConnection } from '../../server/host/connection.ts';
import { showPlan } from '../../server/plan/document.ts';
import { destroyModel, planModel, runContext } from '../../server/run/apply.ts';
import { pictureOf } from '../support/clutter.ts';
import { openSshHost } from '../support/ssh-host.ts';
import type { SshHost } from '../support/ssh-host.ts';
import { modelOf } from '../support/topologies.ts';
import { applyPlan } from '../../server/run/plans.ts';
import { applyWith, openRunOn } from '../support/window.ts';

let far: SshHost;
beforeEach(async () => {
  far = await openSshHost({
    host: 'ip addr add 10.9.0.1/24 dev eno1',
    desk: 'ip addr add 10.9.0.2/24 dev desk0',
    address: '10.9.0.1',
  });
});
afterEach(async () => {
  await far.close();
});

const model = modelOf(`
topology: b-far
networks:
  lan: { subnet: 10.20.0.0/16 }
hosts:
  far:
    access: ssh://root@10.9.0.1
    bridges: { br-lan: { networks: [lan] } }
    nics: { lan: 10.20.255.2 }
guests:
  g1: { on: far, nics: { lan: 10.20.0.10 } }
`);

const count = async (what: RegExp): Promise<number> => ((await far.log()).match(what) ?? []).length;

test('an apply is three exchanges over two connections, the second one after the change', async () => {
  const before = await pictureOf(far.host);
  const connection = far.connect();
  const result = await applyWith(model, () => connection, {});
  expect(result.hosts).toMatchObject([
    { result: 'applied', verified: true, confirmed: true, until: null, failure: null },
  ]);
  expect(await count(/^Accepted publickey for root/gm)).toBe(2);
  expect(await count(/^Starting session/gm)).toBe(3);
  expect(await openRunOn(far.host)).toBeNull();
  expect((await planModel(model, () => connection)).hosts[0]?.steps).toEqual([]);
  const destroyed = await destroyModel(model, () => connection);
  expect(destroyed.hosts).toMatchObject([{ result: 'applied', confirmed: true }]);
  expect(await pictureOf(far.host)).toBe(before);
});

test('a connection that was there before the change confirms nothing', async () => {
  const before = await pictureOf(far.host);
  const connection = far.connect();
  const deaf: HostConnection = {
    ...connection,
    async open(options) {
      // From the moment of confirming on the host lets nobody new in; who is in stays.
      if (options.fresh === true)
        await far.host.input(
          'table inet wall { chain input { type filter hook input priority 0; ct state new tcp dport 22 drop; }; }',
          ...['nft', '-f', '-'],
        );
      return connection.open(options);
    },
  };
  const result = await applyWith(model, () => deaf, {});
  expect(result.hosts).toMatchObject([{ result: 'failed', confirmed: false, failure: { kind: 'host-unreachable' } }]);
  // The old connection still works, and shows that the run waits to be undone.
  const session = await connection.open({ lock: false });
  await session.close();
  expect(await openRunOn(far.host)).toMatchObject({ ready: true, watched: true });
  await far.host.run('nft', 'delete', 'table', 'inet', 'wall');
  await far.host.run('sh', '-c', 'echo 1 >/run/trunkline/run/deadline');
  await expect.poll(() => openRunOn(far.host), { timeout: 30_000 }).toBeNull();
  expect(await pictureOf(far.host)).toBe(before);
});

const bridged = (more: string): ReturnType<typeof modelOf> =>
  modelOf(`
topology: b-far
networks:
  lan: { subnet: 10.8.0.0/24 }
hosts:
  far:
    access: ssh://root@10.9.0.1
    bridges: { ${more} }
    nics: { lan: 10.8.0.1 }
`);

test('a host that is a moment away after the change is asked again', async () => {
  const connection = far.connect();
  let asked = 0;
  const away: HostConnection = {
    ...connection,
    async open(options) {
      if (options.fresh === true && (asked += 1) === 1) throw new Failure('host-unreachable', 'not yet');
      return connection.open(options);
    },
  };
  const result = await applyWith(model, () => away, {});
  expect(result.hosts).toMatchObject([{ result: 'applied', confirmed: true }]);
  expect(asked).toBe(2);
});

test('a plan that cuts its own way is refused before anything is armed; where that is agreed to, the host goes back', async () => {
  // The desk is reached by what the run would take away: a route of its own making covers the desk’s address.
  const cutting = modelOf(`
topology: b-far
networks:
  near: { subnet: 10.9.0.0/29 }
hosts:
  far:
    access: ssh://root@10.9.0.1
    bridges: { br-near: { networks: [near] } }
    nics: { near: 10.9.0.3 }
`);
  const before = await pictureOf(far.host);
  const connection = far.connect();
  const context = runContext(cutting, () => connection);
  const plan = await planModel(cutting, () => connection);
  expect(plan.hosts[0]?.cuts).toMatchObject([
    {
      host: 'far',
      path: '10.9.0.2 -> 10.9.0.1 port 22, by eno1',
      reason: 'the way back to 10.9.0.2 would be by br-near',
    },
  ]);
  await expect(applyPlan(showPlan(plan), context)).rejects.toMatchObject({
    kind: 'own-path',
    detail: expect.stringContaining('the way back to 10.9.0.2 would be by br-near') as string,
    toDo: expect.arrayContaining([expect.stringContaining('--allow-cut')]) as unknown,
  });
  expect(await openRunOn(far.host)).toBeNull();
  expect(await pictureOf(far.host)).toBe(before);

  const applied = applyPlan(showPlan(plan), context, { allowCut: true, confirmWithinS: 5 });
  await expect.poll(() => far.answers(1000), { timeout: 20_000 }).toBe(false);
  await expect.poll(() => far.answers(1000), { timeout: 60_000 }).toBe(true);
  expect((await applied).hosts).not.toMatchObject([{ result: 'applied' }]);
  await expect.poll(() => openRunOn(far.host), { timeout: 30_000 }).toBeNull();
  expect(await pictureOf(far.host)).toBe(before);
});

test('what hurts nobody on the way is not flagged', async () => {
  const connection = far.connect();
  const plan = await planModel(bridged('br-lan: { networks: [lan] }'), () => connection);
  expect(plan.hosts[0]?.steps.length).toBeGreaterThan(0);
  expect(plan.hosts[0]?.cuts).toEqual([]);
});
