/** A gateway in a host's own stack from its making to its end: what it leaves alone, and in which order it comes and goes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import type { HostPlan } from '../../server/flow/plan.ts';
import type { RunResult } from '../../server/flow/run.ts';
import { applyModel, destroyModel, planModel } from '../../server/run/apply.ts';
import { clutterOn, pictureOf } from '../support/clutter.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { NEW_TABLE } from '../support/raw-table.ts';
import { yardModel } from '../support/yard.ts';

let host: HostNamespace;
beforeEach(async () => {
  host = await openHostNamespace('server');
  await host.run('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0');
  for (const [port, cable] of [
    ['eno1', 'cable1'],
    ['eno2', 'cable2'],
  ] as const) {
    await host.run('ip', 'link', 'add', 'name', port, 'type', 'veth', 'peer', 'name', cable);
    for (const device of [port, cable]) await host.run('ip', 'link', 'set', 'dev', device, 'up');
  }
});
afterEach(async () => {
  await host.close();
});

const connection = (): HostNamespace['connection'] => host.connection;
const apply = (model: Model): Promise<RunResult> => applyModel(model, connection);
const destroy = (model: Model): Promise<RunResult> => destroyModel(model, connection);

/** The host itself sends now and then. */
function uncounted(picture: string): string {
  return picture.replaceAll(/packets \d+ bytes \d+/g, '');
}

/** Another topology: a gateway of its own in the same stack, on another port and with other addresses. */
const second = (): Model =>
  yardModel((text) =>
    text
      .replace('topology: yard', 'topology: depot')
      .replaceAll('br-', 'sw-')
      .replaceAll('eno1', 'eno2')
      .replaceAll('10.50.', '10.60.')
      .replaceAll('2001:db8:50:', '2001:db8:60:')
      .replaceAll('2001:db8:f:', '2001:db8:e:')
      .replaceAll(/198\.51\.100\.(8\/29|9|1\d)\b/g, '203.0.113.$1')
      .replace(/ +routes: .*\n/, ''),
  );

/** On a port without a bridge, whose settings are somebody else's. */
const onBarePort = (): Model =>
  yardModel((text) =>
    text
      .replace(/ +br-rack: .*\n/, '')
      .replace('nics: { rack: 198.51.100.10 }', 'nics: { rack: { address: 198.51.100.10, port: eno1 } }'),
  );

/** The router of that network is the gateway, which is the host's own stack: nobody's next hop. */
const hostBehindGateway = (): Model =>
  yardModel((text) =>
    text.replace(
      'nics: { rack: 198.51.100.10 }',
      'nics: { rack: 198.51.100.10, filters: [10.50.0.5, "2001:db8:50::5"] }',
    ),
  );

describe('apply and destroy', () => {
  test.each([
    ['on a bridge', yardModel],
    ['with the host on a network behind the gateway', hostBehindGateway],
    ['on a bare port', onBarePort],
  ])('%s: verified, unchanged the second time, and gone without a trace', async (_what, model) => {
    await clutterOn(host);
    const before = await pictureOf(host);
    expect((await apply(model())).hosts).toMatchObject([{ result: 'applied', verified: true, failure: null }]);
    expect((await planModel(model(), connection)).hosts[0]?.steps).toEqual([]);
    expect((await apply(model())).hosts).toMatchObject([{ result: 'unchanged', verified: true }]);
    expect((await destroy(model())).hosts).toMatchObject([{ result: 'applied', verified: true, failure: null }]);
    expect(await pictureOf(host)).toBe(before);
  });

  test('two topologies with a gateway each in one stack do not see each other', async () => {
    await clutterOn(host);
    await apply(yardModel());
    const alone = uncounted(await pictureOf(host));
    expect((await apply(second())).hosts).toMatchObject([{ result: 'applied', verified: true, failure: null }]);
    expect((await planModel(yardModel(), connection)).hosts[0]?.steps).toEqual([]);
    await destroy(second());
    expect(uncounted(await pictureOf(host))).toBe(alone);
  });

  test('a change of policy changes rules in place, one of a mapping an element', async () => {
    await apply(yardModel());
    const more = yardModel((text) => text.replace('<-> 10.50.1.10]', '<-> 10.50.1.10, 198.51.100.14 <-> 10.50.0.12]'));
    const plan = await planModel(more, connection);
    const table = plan.hosts[0]?.steps.find(({ kind }) => kind === 'nat');
    expect(table?.commands).toMatchObject([{ tool: 'nft', scope: '' }]);
    const input = table?.commands[0]?.tool === 'nft' ? table.commands[0].input : '';
    expect(input).toMatch(
      /add element inet yard-nat one-to-one-4 \{\n\t198\.51\.100\.14 comment "[^"]+" : 10\.50\.0\.12,\n\}/,
    );
    expect(input).not.toMatch(/delete|flush|chain/);
    expect((await apply(more)).hosts).toMatchObject([{ result: 'applied', verified: true }]);
  });
});

describe('order', () => {
  const position = ({ steps }: HostPlan, found: (step: HostPlan['steps'][number]) => boolean): readonly number[] =>
    steps.flatMap((step, index) => (found(step) ? [index] : []));
  const isForwarding = (value: string) => (step: HostPlan['steps'][number]) =>
    step.commands.some((each) => each.tool === 'sysctl' && /forwarding$/.test(each.path) && each.value === value);
  const isTable = ({ kind, commands }: HostPlan['steps'][number]): boolean =>
    (kind === 'firewall' || kind === 'nat') && commands.length > 0;

  test('the filter stands before anything is forwarded or any interface is up', async () => {
    const [plan] = (await planModel(yardModel(), connection)).hosts;
    if (plan === undefined) throw new Error('no plan');
    const filter = Math.max(...position(plan, isTable));
    const up = position(plan, ({ commands }) =>
      commands.some((each) => each.tool === 'ip' && each.args.includes('up')),
    );
    expect(filter).toBeGreaterThanOrEqual(0);
    expect(Math.min(...up, ...position(plan, isForwarding('1')))).toBeGreaterThan(filter);
  });

  test.each([
    ['as it is made', '0'],
    ['where new interfaces forward from the start', '1'],
  ])('nothing is forwarded any more before the filter goes: %s', async (_what, forwarding) => {
    await host.run('sysctl', '-qw', `net.ipv4.ip_forward=${forwarding}`);
    await apply(yardModel());
    const nothing = { ...yardModel(), networks: new Map(), guests: new Map(), gateways: new Map() };
    const bare = { ...nothing, hosts: new Map([...nothing.hosts].map(([name, each]) => [name, emptied(each)])) };
    const [plan] = (await planModel(bare, connection)).hosts;
    if (plan === undefined) throw new Error('no plan');
    const stops = position(plan, isForwarding('0'));
    for (const device of ['br-rack', 'br-filters', 'br-backend']) {
      const path = `net/ipv4/conf/${device}/forwarding`;
      expect(stops.some((index) => plan.steps[index]?.resource.endsWith(path))).toBe(true);
    }
    expect(Math.min(...position(plan, isTable))).toBeGreaterThan(Math.max(...stops));
  });
});

function emptied(host: Model['hosts'] extends ReadonlyMap<string, infer H> ? H : never): typeof host {
  return { ...host, bridges: [], nics: [], attachments: [], routing: { routes: [], sources: [] } };
}

describe('what stands in the way', () => {
  test.each(['yard-filter', 'yard-nat'])('a table %s that somebody made by hand', async (table) => {
    await host.input(`table inet ${table} {\n\tchain theirs {\n\t}\n}\n`, 'nft', '-f', '-');
    const before = await pictureOf(host);
    const failure = await apply(yardModel()).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      kind: 'obstacle',
      detail: expect.stringMatching(new RegExp(`inet ${table}.*not ours`)) as string,
    });
    expect(await pictureOf(host)).toBe(before);
  });

  test('no table whose name is no text', async () => {
    for (const name of ['ff61', '2dff', Buffer.from('a\ntable inet yard-nat').toString('hex')])
      await host.run('perl', '-e', NEW_TABLE, name);
    const before = await pictureOf(host);
    expect((await apply(yardModel())).hosts).toMatchObject([{ result: 'applied', verified: true, failure: null }]);
    expect((await planModel(yardModel(), connection)).hosts[0]?.steps).toEqual([]);
    expect((await destroy(yardModel())).hosts).toMatchObject([{ result: 'applied', verified: true, failure: null }]);
    expect(await pictureOf(host)).toBe(before);
  });

  test('what is put into a table of ours by hand is drift, and goes', async () => {
    await apply(yardModel());
    await host.run('nft', 'add', 'element', 'inet', 'yard-filter', 'gateway-interfaces', '{ "docker0" }');
    const plan = await planModel(yardModel(), connection);
    // Taken out again, and the flows that it has let through are looked at.
    expect(plan.hosts[0]?.steps.map(({ resource, kind }) => [resource, kind])).toEqual([
      ['firewall:yard-filter', 'firewall'],
      ['firewall:yard-filter', 'firewall'],
    ]);
    expect((await apply(yardModel())).hosts).toMatchObject([{ result: 'applied', verified: true }]);
  });
});
