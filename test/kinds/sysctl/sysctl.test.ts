import { expect, test } from 'vitest';
import { sysctl } from '../../../server/kinds/sysctl/index.ts';
import { MANAGED_SYSCTLS } from '../../../server/kinds/sysctl/managed.ts';
import { yardModel } from '../../support/yard.ts';
import { everything } from '../support/model.ts';
import { staged } from '../support/text.ts';
import { ours, view } from '../support/view.ts';

const { model, host } = everything(true);
const desired = sysctl.desire(model, host);
const wanted = new Map(desired.map((each) => [each.id, each]));
const values = (scope: string, device: string) =>
  desired
    .filter((each) => each.scope === scope && each.path.includes(`/conf/${device}/`))
    .map(({ path, value }) => `${path.replace(`/conf/${device}`, '')}=${value}`);

test('every setting that is ever set is one that is read', () => {
  const patterns = new Set(
    desired.map(({ path }) => path.replace(/conf\/[^/]+\//, path.endsWith('/disable_ipv6') ? 'conf/*/' : 'conf/+/')),
  );
  expect([...patterns].filter((each) => !MANAGED_SYSCTLS.includes(each))).toEqual([]);
  expect(MANAGED_SYSCTLS.filter((each) => !patterns.has(each))).toEqual([]);
});

test('a gateway forwards, does not redirect, and takes IPv6 only where a network has it', () => {
  expect(
    desired
      .filter(({ scope, link }) => scope === 'shop-vgw' && link === null)
      .map(({ path, value }) => `${path}=${value}`),
  ).toEqual(['net/ipv4/ip_forward=1', 'net/ipv4/conf/all/send_redirects=0', 'net/ipv6/conf/all/forwarding=1']);
  expect(values('shop-vgw', 'wan')).toEqual([
    'net/ipv4/rp_filter=2',
    'net/ipv4/arp_ignore=1',
    'net/ipv4/arp_announce=2',
    'net/ipv4/accept_redirects=0',
    'net/ipv4/send_redirects=0',
    'net/ipv6/accept_redirects=0',
    'net/ipv4/promote_secondaries=1',
    'net/ipv6/keep_addr_on_down=1',
    'net/ipv6/disable_ipv6=0',
    'net/ipv6/accept_ra=0',
  ]);
  expect(values('shop-vgw', 'shop')).toContain('net/ipv6/disable_ipv6=1');
});

test('the host never forwards, and has no IPv6 on ports and bridges that need none', () => {
  expect(values('', 'br0')).toEqual([
    'net/ipv4/forwarding=0',
    'net/ipv4/arp_ignore=1',
    'net/ipv4/arp_announce=2',
    'net/ipv4/accept_redirects=0',
    'net/ipv4/send_redirects=0',
    'net/ipv6/accept_redirects=0',
    'net/ipv4/promote_secondaries=1',
    'net/ipv6/keep_addr_on_down=1',
    'net/ipv6/disable_ipv6=1',
    'net/ipv6/accept_ra=0',
    'net/ipv6/forwarding=0',
    'net/ipv6/force_forwarding=0',
    'net/ipv4/rp_filter=1',
  ]);
  expect(values('', 'pweb-shop')).toEqual(['net/ipv6/disable_ipv6=1']);
  expect(values('', 'vx-far')).toEqual(['net/ipv6/disable_ipv6=1']);
  expect(values('', 'br0-mgmt')).toContain('net/ipv4/forwarding=0');
});

test('on a bare port a setting is borrowed: its value is kept, and is in our hands from then on', () => {
  const path = 'net/ipv4/conf/eno2/forwarding';
  const setting = desired.find((each) => each.path === path);
  if (setting === undefined) throw new Error('no such setting');
  const now = {
    sysctls: new Map([
      [path, '1'],
      ['net/ipv6/conf/all/disable_ipv6', '0'],
    ]),
  };
  const former = { ...setting, value: '1' };
  expect(sysctl.former?.(setting, view([], { host: now }))).toEqual(former);
  expect(sysctl.observe(view([], { host: now }), { topology: 'shop', wanted })).toEqual([]);
  const record = { format: 1, topology: 'shop', former: { [former.id]: former } };
  expect(sysctl.observe(view([], { host: now, record }), { topology: 'shop', wanted })).toEqual([former]);
  expect(staged(sysctl, former, setting)).toBe('builds:\nsysctl -q -w net/ipv4/conf/eno2/forwarding=0');
  expect(staged(sysctl, setting, former)).toBe('opens:\nsysctl -q -w net/ipv4/conf/eno2/forwarding=1');
});

test('a kernel without IPv6 has it off', () => {
  const path = 'net/ipv6/conf/pweb-shop/disable_ipv6';
  const without = view([], { host: { sysctls: new Map([['net/ipv4/ip_forward', '1']]) } });
  expect(sysctl.observe(without, { topology: 'shop', wanted }).find((each) => each.path === path)?.value).toBe('1');
  // Where a network needs it, its lack is not hidden.
  const on = sysctl
    .observe(without, { topology: 'shop', wanted })
    .filter((each) => each.value === '0' && each.path.endsWith('disable_ipv6'));
  expect(on).toEqual([]);
  const withIt = view([], { host: { sysctls: new Map([['net/ipv6/conf/all/disable_ipv6', '0']]) } });
  expect(sysctl.observe(withIt, { topology: 'shop', wanted })).toEqual([]);
});

test('settings of an interface on its way out go with it, those that differ from the defaults', () => {
  const sysctls = new Map([
    ['net/ipv4/conf/default/rp_filter', '0'],
    ['net/ipv4/conf/br9/rp_filter', '1'],
    ['net/ipv4/conf/default/arp_ignore', '0'],
    ['net/ipv4/conf/br9/arp_ignore', '0'],
  ]);
  const host9 = view([ours(9, 'br9', 'bridge:br9', { type: 'bridge' })], { host: { sysctls } });
  const found = sysctl.observe(host9, { topology: 'shop', wanted: new Map() });
  expect(found.map(({ id }) => id)).toEqual(['sysctl:net/ipv4/conf/br9/rp_filter']);
  expect(found.flatMap((each) => sysctl.refers(each))).toEqual([{ to: 'bridge:br9', diesWith: true }]);
});

test("a gateway in the host's own stack forwards by its interfaces only, and by none before they go", () => {
  const yard = yardModel();
  const [server] = yard.hosts.values();
  const settings = server === undefined ? [] : sysctl.desire(yard, server);
  const forwarding = settings
    .filter(({ path }) => path.endsWith('forwarding'))
    .map(({ path, value }) => `${path}=${value}`);
  expect(forwarding).toEqual(
    ['br-backend', 'br-filters', 'br-rack'].flatMap((device) => [
      `net/ipv4/conf/${device}/forwarding=1`,
      `net/ipv6/conf/${device}/forwarding=${device === 'br-backend' ? '0' : '1'}`,
      `net/ipv6/conf/${device}/force_forwarding=${device === 'br-backend' ? '0' : '1'}`,
    ]),
  );
  expect(settings.filter(({ path }) => /conf\/(all|default)\//.test(path) || path.endsWith('/ip_forward'))).toEqual([]);
  const setting = settings.find(({ path }) => path === 'net/ipv4/conf/br-filters/forwarding');
  expect(staged(sysctl, undefined, setting)).toBe('opens:\nsysctl -q -w net/ipv4/conf/br-filters/forwarding=1');
  expect(staged(sysctl, setting, undefined)).toBe(
    'closes:\nsysctl -q -w net/ipv4/conf/br-filters/forwarding=0\nremoves:',
  );
});

test('a kernel that forwards IPv6 for whole hosts only is not told to', () => {
  const yard = yardModel();
  const [server] = yard.hosts.values();
  const settings = server === undefined ? [] : sysctl.desire(yard, server);
  const named = (device: string) => {
    const found = settings.find(({ path }) => path === `net/ipv6/conf/${device}/force_forwarding`);
    if (found === undefined) throw new Error('no such setting');
    return found;
  };
  const host = (all: string) =>
    view([], {
      host: {
        sysctls: new Map([
          ['net/ipv6/conf/all/disable_ipv6', '0'],
          ['net/ipv6/conf/all/forwarding', all],
          ['net/ipv6/conf/default/forwarding', all],
        ]),
      },
    });
  const claim = { topology: 'yard', wanted: new Map(settings.map((each) => [each.id, each])) };
  const found = (all: string, device: string) =>
    sysctl.observe(host(all), claim).find(({ id }) => id === named(device).id)?.value;
  expect(found('0', 'br-filters')).toBeUndefined();
  expect(sysctl.obstacle?.(named('br-filters'), host('0'), claim)).toMatch(
    /net\.ipv6\.conf\.all\.forwarding=1 yourself/,
  );
  expect(found('1', 'br-filters')).toBe('1');
  // Where none is wanted, none is what there is.
  expect(found('0', 'br-backend')).toBe('0');
  expect(found('1', 'br-backend')).toBe('0');
  expect(sysctl.obstacle?.(named('br-backend'), host('0'), claim)).toBeUndefined();
});
