/** Members on one host with a machine that exists already: made, mended and given back on a real kernel. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Host, Model } from '../../server/flow/model.ts';
import type { Machine } from '../kinds/support/machine.ts';
import { openMachine, stepLines } from '../kinds/support/machine.ts';
import { modelOf } from '../support/topologies.ts';

const SHOP = `
topology: shop
networks:
  db: { subnet: 10.1.2.0/24, router: 10.1.2.1, isolated: true }
hosts:
  gw-x: { access: local, bridges: { br0: { ports: [eno1] } }, nics: { db: 10.1.2.251 } }
guests:
  web: { on: gw-x, nics: { db: 10.1.2.10 } }
  old: { on: gw-x, nics: { db: { address: 10.1.2.11, mac: "02:00:00:00:00:11", port: vnet3 } } }
`;
const isolated = modelOf(SHOP);
const joined = modelOf(SHOP.replace(', isolated: true', ''));

function hostOf(model: Model): Host {
  const host = model.hosts.get('gw-x');
  if (host === undefined) throw new Error('no host');
  return host;
}

let machine: Machine;
beforeEach(async () => {
  machine = await openMachine();
  machine.sh('ip link add vnet3 type veth peer name there; ip link set dev there up');
});
afterEach(async () => {
  await machine.close();
});

function ports(): readonly string[] {
  const links = JSON.parse(machine.sh('ip -d -j link show master br0')) as readonly {
    readonly ifname: string;
    readonly linkinfo: { readonly info_slave_data: { readonly isolated: boolean } };
  }[];
  return links
    .filter(({ linkinfo }) => linkinfo.info_slave_data.isolated)
    .map(({ ifname }) => ifname)
    .sort();
}

const apply = (model: Model | undefined): Promise<unknown> => machine.change(model, hostOf(model ?? isolated));
const left = async (model: Model | undefined): Promise<readonly string[]> =>
  stepLines(await machine.plan(model, hostOf(model ?? isolated)));

test('guests, taken or made, are isolated ports behind the table; with the file goes all of it', async () => {
  const web = hostOf(isolated).attachments.find(({ owner }) => owner.name === 'web')?.device ?? '';
  await apply(isolated);
  expect(await left(isolated)).toEqual([]);
  expect(ports()).toEqual([web, 'vnet3'].sort());
  expect(machine.sh('nft list tables')).toContain('table bridge shop-isolation');

  await apply(joined);
  expect(await left(joined)).toEqual([]);
  expect(ports()).toEqual([]);
  expect(machine.sh('nft list tables')).toBe('');

  await apply(isolated);
  expect(ports()).toEqual([web, 'vnet3'].sort());
  await apply(undefined);
  expect(await left(undefined)).toEqual([]);
  expect(machine.sh('nft list tables; ls /var/lib')).not.toMatch(/table|record/);
});

test('the table stands before the first member, and goes after the last', async () => {
  const made = await machine.plan(isolated, hostOf(isolated));
  const order = made.steps.map(({ resource }) => resource);
  const web = order.find((each) => each.startsWith('veth:')) ?? '';
  expect(order.indexOf('isolation:frames')).toBeLessThan(Math.min(order.indexOf(web), order.indexOf('port:vnet3')));
  await apply(isolated);
  const gone = (await machine.plan(undefined, hostOf(isolated))).steps.map(({ resource }) => resource);
  expect(gone.lastIndexOf('isolation:frames')).toBeGreaterThan(
    Math.max(gone.lastIndexOf(web), gone.lastIndexOf('port:vnet3')),
  );
});

test.each([
  ['a rule of somebody else', 'nft insert rule bridge shop-isolation guard-postrouting accept'],
  ['a member taken out', `nft delete element bridge shop-isolation member-ports '{ "vnet3" }'`],
  ['a port let go', 'bridge link set dev vnet3 isolated off'],
  ['a bridge that learns', 'ip link set dev br0 type bridge no_linklocal_learn 0'],
])('%s is drift, and mended in place', async (_what, change) => {
  await apply(isolated);
  machine.sh(change);
  expect(await left(isolated)).toHaveLength(1);
  await apply(isolated);
  expect(await left(isolated)).toEqual([]);
});

test('a table of the same name that is not ours is left alone', async () => {
  machine.sh('nft add table bridge shop-isolation');
  const { obstacles } = await machine.plan(isolated, hostOf(isolated));
  expect(obstacles.map(({ resource }) => resource)).toEqual(['isolation:frames']);
});
