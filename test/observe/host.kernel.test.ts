import { afterAll, beforeAll, expect, test } from 'vitest';
import { observeProgram, readHost, readReading } from '../../server/observe/host.ts';
import { Failure } from '../../server/core/failure.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import { NEW_TABLE } from '../support/raw-table.ts';
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

test('tables with names that no tool can print are set aside, and stop nothing', async () => {
  await host.run('nft', 'add table inet shop-filter; add chain inet shop-filter x; add table ip docker');
  const hostile = [
    ...[
      'a;b',
      '*',
      '\u001b[31m',
      'a" b ',
      'a"',
      '-x',
      'a\nb',
      'a\ntable inet shop-nat',
      'a\ntable inet shop-filter',
      'flush',
      '{',
    ].map((name) => Buffer.from(name).toString('hex')),
    ...['ff61', '2dff', '80'.repeat(200)],
  ];
  for (const name of hostile) {
    await host.run('perl', '-e', NEW_TABLE, name);
    const tables = (await observe()).scopes.get('')?.tables ?? [];
    const known = tables.filter((each) => each.name === 'shop-filter' || each.name === 'docker');
    expect(known.map((each) => [each.family, each.name, each.objects.length])).toEqual([
      ['inet', 'shop-filter', 1],
      ['ip', 'docker', 0],
    ]);
    expect(tables.map((each) => each.name)).not.toContain('shop-nat');
  }
  // With such a name in a table of ours nobody knows what is in it.
  await host.run(
    ...[
      'perl',
      '-e',
      NEW_TABLE.replace('0xA00', '0xA03').replace(
        'attribute(1, $name',
        'attribute(1, pack(\'H*\', $ARGV[1]) . "\\0") . attribute(3, $name',
      ),
    ],
    ...['ff62', Buffer.from('shop-filter').toString('hex'), '1'],
  );
  await expect(observe()).rejects.toMatchObject({ kind: 'observation' });
  await host.run('nft', 'flush', 'ruleset');
  expect((await observe()).scopes.get('')?.tables).toEqual([]);
});

test('a setting that is changed while a host is read is noticed', async () => {
  const session = await host.connection.open({ lock: false });
  const request = { topology: 'shop', namespaces: [], sysctls: ['net/ipv4/conf/+/forwarding'], watched: true };
  const calm = async (script: (text: string) => string): Promise<boolean> => {
    const { argv, stdin } = observeProgram(request);
    const [result] = await session.run([{ argv, stdin: script(String(stdin)) }]);
    const read = readReading('here', 'shop', result?.stdout ?? Buffer.alloc(0));
    if (read instanceof Failure) throw read;
    return read.calm;
  };
  try {
    expect(await calm((text) => text)).toBe(true);
    for (const path of ['ipv4/conf/lo/forwarding', 'ipv6/conf/lo/forwarding', 'ipv4/conf/lo/rp_filter']) {
      // Between the first read and the last: right before it is asked whether anything was changed.
      const change = `echo $((1 - $(cat /proc/sys/net/${path}))) >/proc/sys/net/${path}\n`;
      const at = '[ $calm != yes ] || settled';
      expect(await calm((text) => text.replace(at, `${change}${at}`)), path).toBe(false);
    }
  } finally {
    await session.close();
  }
});
