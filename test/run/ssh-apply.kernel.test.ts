/** Runs on hosts over real ssh: written, confirmed over a connection of its own, taken back where none comes. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HostConnection } from '../../server/host/connection.ts';
import { destroyModel, planModel } from '../../server/run/apply.ts';
import { pictureOf } from '../support/clutter.ts';
import { openSshHost } from '../support/ssh-host.ts';
import type { SshHost } from '../support/ssh-host.ts';
import { modelOf } from '../support/topologies.ts';
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
