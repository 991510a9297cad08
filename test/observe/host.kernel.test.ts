import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHost } from '../../server/observe/host.ts';
import { Failure } from '../../server/core/failure.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import type { HostView } from '../../server/flow/hostview.ts';

let host: HostNamespace;
beforeAll(async () => {
  host = await openHostNamespace();
});
afterAll(async () => {
  await host.close();
});

async function observe(namespaces: readonly string[] = []): Promise<HostView> {
  const session = await host.connection.open({ lock: false });
  try {
    const read = await readHost(session, {
      topology: 'shop',
      namespaces,
      sysctls: ['net/ipv4/ip_forward', 'net/ipv4/conf/+/forwarding'],
      watched: true,
    });
    if (read instanceof Failure) throw read;
    return read.view;
  } finally {
    await session.close();
  }
}

test('foreign names of every sort are listed, and stop nothing', async () => {
  const names = ['a;b', '$(id)', '<b>x', 'a"b', "a'b", '-x', '*', 'a{b', 'dev', '\u001b[31mred', 'größe', 'a#b'];
  for (const name of names) await host.run('ip', 'link', 'add', 'name', name, 'type', 'bridge');
  await host.run('ip', 'link', 'set', 'dev', 'dev', 'alias', 'x\u001b]0;y\u0007\u0001"z');
  const view = await observe();
  const links = [...(view.scopes.get('')?.links.values() ?? [])];
  expect(links.map((each) => each.name)).toEqual(expect.arrayContaining(names));
  expect(
    links
      .filter((each) => !each.manageable)
      .map((each) => each.name)
      .sort(),
  ).toEqual(['\u001b[31mred', 'größe'].sort());
  expect(links.find((each) => each.name === 'dev')?.alias).toBe('x\u001b]0;y\u0007\u0001"z');
  for (const name of names) await host.run('ip', 'link', 'del', 'dev', name);
});

test('namespaces: ours and wanted ones are looked into, others are only listed, hostile names are passed over', async () => {
  for (const name of ['ours', 'wanted', 'theirs', 'a b', '-x', 'a;b']) await host.run('ip', 'netns', 'add', name);
  await host.run('ip', '-n', 'ours', 'link', 'set', 'dev', 'lo', 'up', 'alias', 'trunkline:1:shop:netns:ours');
  await host.run('ip', '-n', 'theirs', 'link', 'set', 'dev', 'lo', 'alias', 'trunkline:1:other:netns:theirs');
  await host.run('ip', 'netns', 'exec', 'ours', 'nft', 'add table inet shop; add chain inet shop x');
  const view = await observe(['wanted', 'absent']);
  expect([...view.scopes.keys()].sort()).toEqual(['', 'ours', 'wanted']);
  expect(view.namespaces.map((each) => each.name).sort()).toEqual(['ours', 'theirs', 'wanted']);
  expect(view.namespaces.find((each) => each.name === 'theirs')?.alias).toBe('trunkline:1:other:netns:theirs');
  expect(view.scopes.get('ours')?.tables).toHaveLength(1);
  expect(view.scopes.get('')?.tables).toHaveLength(0);
  expect(view.scopes.get('ours')?.sysctls.get('net/ipv4/conf/lo/forwarding')).toBe('0');
});

test('the processes that a reading takes do not grow with the host', async () => {
  const session = await host.connection.open({ lock: false });
  const count = async (): Promise<number> => {
    const before = session.started;
    await readHost(session, { topology: 'shop', namespaces: [], sysctls: ['net/ipv4/ip_forward'], watched: true });
    return session.started - before;
  };
  const few = await count();
  const batch = Array.from({ length: 200 }, (_, index) => `link add name t${String(index)} type bridge\n`).join('');
  await host.input(batch, 'ip', '-batch', '-');
  expect(await count()).toBe(few);
  await session.close();
});
