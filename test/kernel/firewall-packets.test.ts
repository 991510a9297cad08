/** The rules of the shop's gateway against real packets: who gets through, to whom, and with which source. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firewall } from '../../server/kinds/firewall/index.ts';
import { nat } from '../../server/kinds/nat/index.ts';
import { hostIn } from '../kinds/firewall/model.ts';
import { shopModel } from '../kinds/firewall/shop.ts';
import { scratchNamespaces } from './support/scratch.ts';
import type { Shop } from './support/shop.ts';
import { buildShop } from './support/shop.ts';
import { viewTables } from './support/tables.ts';

const scratch = scratchNamespaces();
let shop: Shop;
/** What the probes that are to meet silence were answered while there were no rules. */
const unfiltered = new Map<string, string>();

const context = { topology: 'shop', doomedGroup: 1 };

beforeAll(async () => {
  shop = await buildShop(scratch);
  const { internet, web1, web2, db1, admin, gateway } = shop;
  for (const node of [internet, web1, web2, db1, admin, gateway]) {
    for (const port of [22, 25, 80, 443, 2525, 5432, 8443]) await node.listen('tcp', port);
    for (const port of [53, 10000, 10100, 10101]) await node.listen('udp', port);
  }
  for (const [, from, source, service, to, answer] of ROWS) {
    if (answer === 'silence') unfiltered.set(`${source} ${service} ${to}`, await probe(from, source, service, to));
  }
  const model = shopModel(gateway.namespace);
  for (const kind of [firewall, nat]) {
    for (const table of kind.desire(model, hostIn(model))) {
      for (const command of kind.commands(undefined, table, context)) {
        if (command.tool !== 'nft') throw new Error('not an nft command');
        scratch.run(command.scope, ['nft', '-c', '-f', '-'], command.input);
        scratch.run(command.scope, ['nft', '-f', '-'], command.input);
      }
    }
  }
});
afterAll(() => {
  scratch.remove();
});

describe('observation', () => {
  it('finds in the kernel exactly what was wanted', () => {
    const { namespace } = shop.gateway;
    const model = shopModel(namespace);
    for (const kind of [firewall, nat]) {
      const wanted = kind.desire(model, hostIn(model));
      const found = kind.observe(viewTables(scratch, namespace, 'shop'), { topology: 'shop', wanted: new Map() });
      expect(found).toEqual(wanted);
    }
  });
});

type Name = keyof Shop;
type Row = readonly [what: string, from: Name, source: string, service: string, to: string, answer: string];

const ROWS: readonly Row[] = [
  // publish
  [
    'a published port leads to its guest, the source kept',
    'internet',
    '203.0.113.9',
    '443/tcp',
    '192.0.2.11',
    'web1 saw 203.0.113.9',
  ],
  ['also from the external network itself', 'internet', '192.0.2.1', '443/tcp', '192.0.2.11', 'web1 saw 192.0.2.1'],
  ['the first port of a range', 'internet', '203.0.113.9', '10000/udp', '192.0.2.11', 'web2 saw 203.0.113.9'],
  ['and the last', 'internet', '203.0.113.9', '10100/udp', '192.0.2.11', 'web2 saw 203.0.113.9'],
  ['not the one behind it', 'internet', '203.0.113.9', '10101/udp', '192.0.2.11', 'silence'],
  ['another protocol', 'internet', '203.0.113.9', '10000/tcp', '192.0.2.11', 'silence'],
  ['with from: a source that is listed', 'internet', '198.51.100.7', '25/tcp', '192.0.2.12', 'web2 saw 198.51.100.7'],
  ['and one that is not', 'internet', '203.0.113.9', '25/tcp', '192.0.2.12', 'silence'],
  ['nor an inner one', 'web1', '10.1.1.10', '25/tcp', '192.0.2.12', 'silence'],
  ['the inner port of a published guest is closed', 'internet', '203.0.113.9', '8443/tcp', '10.1.1.10', 'silence'],
  ['hairpin: a neighbour in the same network', 'web2', '10.1.1.11', '443/tcp', '192.0.2.11', 'web1 saw 10.1.1.1'],
  ['hairpin: the guest itself', 'web1', '10.1.1.10', '443/tcp', '192.0.2.11', 'web1 saw 10.1.1.1'],
  ['from another network, the source kept', 'db1', '10.1.2.10', '443/tcp', '192.0.2.11', 'web1 saw 10.1.2.10'],
  [
    'IPv6: the own address and port of a guest',
    'internet',
    '2001:db8:beef::9',
    '8443/tcp',
    '2001:db8:1::10',
    'web1 saw 2001:db8:beef::9',
  ],
  ['IPv6: another port of it', 'internet', '2001:db8:beef::9', '443/tcp', '2001:db8:1::10', 'silence'],
  ['IPv6: translated', 'internet', '2001:db8:beef::9', '443/tcp', '2001:db8:ff::11', 'web1 saw 2001:db8:beef::9'],
  ['IPv6: translated hairpin', 'web2', '2001:db8:1::11', '443/tcp', '2001:db8:ff::11', 'web1 saw 2001:db8:1::1'],
  // policy
  ['an allowed port', 'web1', '10.1.1.10', '5432/tcp', '10.1.2.10', 'db1 saw 10.1.1.10'],
  ['a port that is not', 'web1', '10.1.1.10', '22/tcp', '10.1.2.10', 'silence'],
  ['not back', 'db1', '10.1.2.10', '5432/tcp', '10.1.1.10', 'silence'],
  ['internet, by masquerade', 'web1', '10.1.1.10', '80/tcp', '203.0.113.9', 'internet saw 192.0.2.11'],
  [
    'internet over IPv6, source kept',
    'web1',
    '2001:db8:1::10',
    '80/tcp',
    '2001:db8:beef::9',
    'internet saw 2001:db8:1::10',
  ],
  ['internet is not the external network', 'web1', '10.1.1.10', '80/tcp', '192.0.2.1', 'silence'],
  ['a port of internet that is not allowed', 'web1', '10.1.1.10', '22/tcp', '203.0.113.9', 'silence'],
  ['nothing else over IPv6', 'web1', '2001:db8:1::10', '22/tcp', '2001:db8:beef::9', 'silence'],
  ['a denial that rejects answers tcp', 'web1', '10.1.1.10', '80/tcp', '10.0.20.9', 'refused'],
  ['and udp', 'web1', '10.1.1.10', '53/udp', '10.0.20.9', 'refused'],
  ['internet to inside', 'internet', '203.0.113.9', '5432/tcp', '10.1.2.10', 'silence'],
  ['internet to inside over IPv6', 'internet', '2001:db8:beef::9', '80/tcp', '2001:db8:1::10', 'silence'],
  // the gateway itself
  ['ssh from where it is allowed', 'admin', '10.0.20.9', '22/tcp', '10.0.20.1', 'gateway saw 10.0.20.9'],
  ['to any address of it', 'admin', '10.0.20.9', '22/tcp', '192.0.2.11', 'gateway saw 10.0.20.9'],
  ['another port', 'admin', '10.0.20.9', '80/tcp', '10.0.20.1', 'silence'],
  ['ssh from elsewhere', 'db1', '10.1.2.10', '22/tcp', '10.1.2.1', 'silence'],
  ['ssh from internet', 'internet', '203.0.113.9', '22/tcp', '192.0.2.11', 'silence'],
  [
    'a permission to internet opens no port of the outer address',
    'web1',
    '10.1.1.10',
    '80/tcp',
    '192.0.2.11',
    'silence',
  ],
  ['over IPv6', 'internet', '2001:db8:beef::9', '22/tcp', '2001:db8:ff::11', 'silence'],
  ['a denial beats the rest', 'web1', '10.1.1.10', '22/tcp', '10.0.20.1', 'refused'],
];

function probe(from: Name, source: string, service: string, to: string): Promise<string> {
  const [port, protocol] = service.split('/');
  return shop[from].probe({ protocol: protocol === 'udp' ? 'udp' : 'tcp', from: source, to, port: Number(port) });
}

describe('packets', () => {
  it.each(ROWS)('%s: %s %s, %s to %s: %s', async (_what, from, source, service, to, answer) => {
    // Silence is the rules' doing only where there was an answer without them.
    if (answer === 'silence') expect(unfiltered.get(`${source} ${service} ${to}`)).not.toBe('silence');
    expect(await probe(from, source, service, to)).toBe(answer);
  });

  it.each([
    ['web1', '10.1.1.10', '10.1.1.1', true],
    ['web1', '2001:db8:1::10', '2001:db8:1::1', true],
    ['internet', '203.0.113.9', '192.0.2.11', true],
    ['web1', '10.1.1.10', '10.1.2.1', false],
    ['web1', '10.1.1.10', '203.0.113.9', true],
    ['web1', '2001:db8:1::10', '2001:db8:beef::9', true],
    ['web1', '10.1.1.10', '10.1.2.10', false],
    ['internet', '203.0.113.9', '10.1.1.10', false],
    ['internet', '2001:db8:beef::9', '2001:db8:1::10', false],
    ['web1', '10.1.1.10', '10.0.20.1', false],
  ] as const)('echo from %s %s to %s: %s', (from, source, to, answered) => {
    const { exitCode } = scratch.attempt(shop[from].namespace, ['ping', '-c1', '-W0.4', '-I', source, to]);
    expect(exitCode === 0).toBe(answered);
  });

  it('drops a source that does not belong behind the interface, and counts it', async () => {
    const spoofed = (): number => countOf('guard-prerouting', 'spoofed');
    const before = spoofed();
    for (const [node, address] of [
      ['web1', '10.1.2.77'],
      ['web1', '203.0.113.77'],
      ['internet', '10.1.1.77'],
      ['internet', '2001:db8:1::77'],
    ] as const) {
      const { namespace } = shop[node];
      scratch.run(namespace, [
        'ip',
        'addr',
        'add',
        `${address}/${address.includes(':') ? '128' : '32'}`,
        'dev',
        'lo',
        ...(address.includes(':') ? ['nodad'] : []),
      ]);
      const to = address.includes(':') ? '2001:db8:ff::11' : '192.0.2.11';
      const count = spoofed();
      expect(await shop[node].probe({ protocol: 'tcp', from: address, to, port: 443 })).toBe('silence');
      expect(spoofed()).toBeGreaterThan(count);
    }
    expect(spoofed()).toBeGreaterThanOrEqual(before + 4);
  });

  it('drops a plain packet from a network back into it', () => {
    // web2 sends to its neighbour by way of the gateway.
    scratch.run(shop.web2.namespace, ['ip', 'route', 'add', '10.1.1.10/32', 'via', '10.1.1.1']);
    const { exitCode } = scratch.attempt(shop.web2.namespace, ['ping', '-c1', '-W0.4', '10.1.1.10']);
    scratch.run(shop.web2.namespace, ['ip', 'route', 'del', '10.1.1.10/32']);
    expect(exitCode).not.toBe(0);
  });

  it('counts by element what was published', () => {
    const listing = scratch.run(shop.gateway.namespace, ['nft', 'list', 'set', 'inet', 'shop-filter', 'published-4']);
    expect(listing).toMatch(/tcp \. 8443 counter packets [1-9]\d* bytes \d+ comment "publish-web"/);
  });
});

function countOf(chain: string, id: string): number {
  const listing = scratch.run(shop.gateway.namespace, ['nft', 'list', 'chain', 'inet', 'shop-filter', chain]);
  const match = new RegExp(`counter packets (\\d+) bytes \\d+ \\w+ comment "${id}"`).exec(listing);
  if (match === null) throw new Error(`no rule ${id} in ${listing}`);
  return Number(match[1]);
}
