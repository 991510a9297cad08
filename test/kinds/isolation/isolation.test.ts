/** Tables of isolated networks beside the topology that they come from, and how one turns into another. */
import { describe, expect, test } from 'vitest';
import { renderTable } from '../../../server/core/nft/render.ts';
import type { TableView } from '../../../server/flow/hostview.ts';
import type { Host, Model } from '../../../server/flow/model.ts';
import { bridge } from '../../../server/kinds/bridge/index.ts';
import { isolation } from '../../../server/kinds/isolation/index.ts';
import type { NftTable } from '../../../server/kinds/nft-table.ts';
import { port } from '../../../server/kinds/port/index.ts';
import { veth } from '../../../server/kinds/veth/index.ts';
import { modelOf } from '../../support/topologies.ts';
import { CONTEXT, staged, text } from '../support/text.ts';
import { view } from '../support/view.ts';

const SHOP = `
topology: shop
networks:
  lan:   { vlan: 101, subnet: 10.1.1.0/24 }
  db:    { vlan: 102, subnet: 10.1.2.0/24, isolated: true }
  guest: { vlan: 103, subnet: 10.1.3.0/24, isolated: true, router: 10.1.3.1 }
hosts:
  gw-x: { access: local, bridges: { br0: { ports: [eno1, { Port_2: { fabric: attic } }] } }, nics: { db: 10.1.2.251 } }
  gw-y: { access: ssh://root@gw-y.example.net, bridges: { br0: { ports: [eno1] } } }
guests:
  db1: { on: gw-x, nics: { db: { address: 10.1.2.10, mac: "02:00:00:00:00:10" } } }
  db2: { on: gw-y, nics: { db: { address: 10.1.2.11, mac: "02:00:00:00:00:11" } } }
  vm1: { on: gw-x, nics: { guest: { address: 10.1.3.10, mac: "02:00:00:00:00:20", port: vnet3 } } }
  vm2: { on: gw-y, nics: { guest: { address: 10.1.3.11, mac: "02:00:00:00:00:21" } } }
  web: { on: gw-x, nics: { lan: 10.1.1.10 } }
gateways:
  vgw: { on: [gw-y], runs: netns, nics: { db: { address: 10.1.2.1, mac: "02:00:00:00:00:01" }, lan: { address: 10.1.1.1 } } }
`;

function on(model: Model, name: string): Host {
  const host = model.hosts.get(name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return host;
}

function tableOf(source: string, host = 'gw-x'): NftTable {
  const model = modelOf(source);
  const [table, ...others] = isolation.desire(model, on(model, host));
  if (table === undefined || others.length > 0) throw new Error('not one table');
  return table;
}

/** As a listing has it; a test of the kernel's shows that it does. */
function listed({ table, chains, sets }: NftTable, name = table): TableView {
  const where = { family: 'bridge', table: name, handle: 1 };
  return {
    family: 'bridge',
    name,
    objects: [
      ...Object.entries(chains).map(([chain, { base }]) => ({
        chain: {
          ...where,
          name: chain,
          ...(base && { type: base.type, hook: base.hook, prio: base.priority, policy: base.policy }),
        },
      })),
      ...Object.entries(chains).flatMap(([chain, { rules }]) =>
        rules.map(({ id, expr }) => ({ rule: { ...where, chain, ...(id !== null && { comment: id }), expr } })),
      ),
      ...Object.entries(sets).map(([name, { key, data, elements }]) => ({
        [data === null ? 'set' : 'map']: {
          ...where,
          name,
          type: key.length === 1 ? (key[0] ?? '') : key,
          ...(data === 'verdict' && { map: 'verdict' }),
          elem: elements.map(({ key: [first = '', ...more], id, value }) => {
            const val = more.length === 0 ? first : { concat: [first, ...more] };
            const elem = id === null ? val : { elem: { val, comment: id } };
            return value === null ? elem : [elem, value];
          }),
        },
      })),
    ],
  };
}

const claim = (table: NftTable) => ({ topology: 'shop', wanted: new Map([[table.id, table]]) });

test('members by port and MAC, the host by VLAN, and a network whose router the file does not describe', async () => {
  const table = tableOf(SHOP);
  await expect(renderTable(table.table, table, 'bridge')).toMatchFileSnapshot('shop.nft');
});

test('a host without members has no table; the gateway alone needs none', () => {
  const source = SHOP.replace(/^ {2}(db2|vm2):.*\n/gm, '');
  const model = modelOf(source);
  expect(isolation.desire(model, on(model, 'gw-y'))).toEqual([]);
});

test('a guest with the address of the router is one, and is neither judged nor kept apart', () => {
  const model = modelOf(SHOP.replace('router: 10.1.3.1', 'router: 10.1.3.11'));
  const [table] = isolation.desire(model, on(model, 'gw-x'));
  expect(table?.sets['trusted/guest']?.elements.map(({ id }) => id)).toEqual(['vm2']);
  expect(table?.sets['members/guest']).toBeUndefined();
  const routers = on(model, 'gw-y').attachments.filter(({ network, isolated }) => network === 'guest' && isolated);
  expect(routers).toEqual([]);
});

test('a borrowed port is isolated first and let go last', () => {
  const model = modelOf(SHOP);
  const isolated = port.desire(model, on(model, 'gw-x')).find(({ device }) => device === 'vnet3');
  if (isolated === undefined) throw new Error('no port');
  const free = { ...isolated, isolated: false };
  expect(staged(port, free, isolated)).toBe('closes:\nip link set dev vnet3 type bridge_slave isolated on');
  expect(staged(port, isolated, free)).toBe('opens:\nip link set dev vnet3 type bridge_slave isolated off');
});

test('a gateway in the host’s own stack hears all, and is trusted by the MAC of the host’s interface', () => {
  const model = modelOf(
    SHOP.replace('on: [gw-y], runs: netns', 'on: [gw-x], runs: host').replace(', mac: "02:00:00:00:00:01"', ''),
  );
  const host = on(model, 'gw-x');
  const [here] = isolation.desire(model, host);
  expect(here?.sets['arrivals-by-port']?.elements).toEqual([]);
  const [there] = isolation.desire(model, on(model, 'gw-y'));
  const mac = host.nics.find(({ network }) => network === 'db')?.mac;
  expect(there?.sets['trusted/db']?.elements).toEqual([{ key: [mac], id: 'vgw@gw-x', value: null }]);
});

test('ports of members are isolated, made ones and borrowed ones, and their bridge learns from no link-local frame', () => {
  const model = modelOf(SHOP);
  const host = on(model, 'gw-x');
  const isolated = [...veth.desire(model, host), ...port.desire(model, host)].filter((each) => each.isolated);
  expect(isolated.map(({ device }) => device)).toEqual([
    host.attachments.find(({ owner }) => owner.name === 'db1')?.device,
    'vnet3',
  ]);
  for (const each of isolated) {
    const kind = each.kind === 'veth' ? veth : port;
    expect(kind.refers(each as never)).toContainEqual({ to: 'isolation:frames', diesWith: false });
  }
  const [br0] = bridge.desire(model, host);
  expect(br0?.linkLocalLearning).toBe(false);
  expect(text(bridge.commands(undefined, br0, CONTEXT))).toContain('no_linklocal_learn 1');
});

describe('a change', () => {
  const before = tableOf(SHOP);

  test('stands before new ports come and until old ones are gone; nobody is trusted longer than wanted', () => {
    const after = tableOf(
      SHOP.replace('  db1:', '  db9:').replace('mac: "02:00:00:00:00:01"', 'mac: "02:00:00:00:00:02"'),
    );
    const stages = isolation.stages?.(before, after) ?? [];
    expect(stages.map(({ effect }) => effect)).toEqual(['closes', 'removes']);
    const [closing, last] = stages;
    const ports = (table: NftTable | undefined): number => table?.sets['member-ports']?.elements.length ?? 0;
    expect([ports(before), ports(closing?.state), ports(last?.state)]).toEqual([2, 3, 2]);
    expect(closing?.state?.sets['trusted/db']).toEqual(after.sets['trusted/db']);
    expect(last?.state).toEqual(after);
  });

  test('a network that is isolated no more loses its rules last', () => {
    const after = tableOf(SHOP.replace(', isolated: true, router', ', router'));
    expect(isolation.stages?.(before, after)).toEqual([{ effect: 'removes', state: after }]);
    const [command] = isolation.commands(before, after, CONTEXT);
    expect(command).toMatchObject({
      input: expect.stringContaining('delete chain bridge shop-isolation isolated/guest') as string,
    });
  });

  test('goes wholly with the last member', () => {
    expect(staged(isolation, before, undefined)).toBe('removes:\nnft -f -');
    expect(isolation.commands(before, undefined, CONTEXT)).toEqual([
      { tool: 'nft', scope: '', input: 'delete table bridge shop-isolation\n' },
    ]);
  });
});

describe('on a host', () => {
  const wanted = tableOf(SHOP);

  test('is found as it was wanted', () => {
    expect(isolation.observe(view([], { host: { tables: [listed(wanted)] } }), claim(wanted))).toEqual([wanted]);
  });

  test('what has its name without its mark is somebody else’s, and in the way', () => {
    const { 'owner-mark': _mark, ...chains } = wanted.chains;
    const theirs = view([], { host: { tables: [listed({ ...wanted, chains })] } });
    expect(isolation.observe(theirs, claim(wanted))).toEqual([]);
    expect(isolation.obstacle?.(wanted, theirs, claim(wanted))).toContain(
      '`bridge shop-isolation` exists and is not ours',
    );
    expect(isolation.obstacle?.(wanted, view([]), claim(wanted))).toBeUndefined();
  });

  test('tables of other topologies are not looked at', () => {
    const other = view([], { host: { tables: [listed(wanted, 'other-isolation')] } });
    expect(isolation.observe(other, claim(wanted))).toEqual([]);
  });
});
