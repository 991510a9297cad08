/** A gateway in a host's own stack against real packets: its own, those of the host, and those of a container engine beside it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectThrough } from '../../server/host/runner.ts';
import { applyModel } from '../../server/run/apply.ts';
import { buildYard, yardModel } from '../support/yard.ts';
import type { Yard } from '../support/yard.ts';
import type { TestNode } from './support/node.ts';

type Row = readonly [what: string, from: string, source: string, service: string, to: string, answer: string];

const ROWS: readonly Row[] = [
  // the gateway
  ['a published port', 'internet', '203.0.113.9', '25/tcp', '198.51.100.11', 'filter1 saw 203.0.113.9'],
  ['another address of it', 'internet', '203.0.113.9', '25/tcp', '198.51.100.12', 'filter2 saw 203.0.113.9'],
  ['a port that is not published', 'internet', '203.0.113.9', '80/tcp', '198.51.100.11', 'silence'],
  ['hairpin', 'filter1', '10.50.0.11', '25/tcp', '198.51.100.12', 'filter2 saw 10.50.0.1'],
  ['from another network', 'rules', '10.50.1.10', '25/tcp', '198.51.100.12', 'filter2 saw 10.50.1.10'],
  ['straight to a guest, from outside', 'internet', '203.0.113.9', '25/tcp', '10.50.0.11', 'silence'],
  ['an allowed port of another network', 'filter1', '10.50.0.11', '5432/tcp', '10.50.1.10', 'rules saw 10.50.0.11'],
  ['one that is not', 'filter1', '10.50.0.11', '80/tcp', '10.50.1.10', 'silence'],
  ['nor back', 'rules', '10.50.1.10', '25/tcp', '10.50.0.11', 'silence'],
  ['internet, by masquerade', 'filter1', '10.50.0.11', '80/tcp', '203.0.113.9', 'internet saw 198.51.100.11'],
  ['a port of it that is not allowed', 'filter1', '10.50.0.11', '22/tcp', '203.0.113.9', 'silence'],
  ['IPv6 to internet', 'filter1', '2001:db8:50::11', '80/tcp', '2001:db8:beef::9', 'internet saw 2001:db8:f::11'],
  ['IPv6 to a guest', 'internet', '2001:db8:beef::9', '25/tcp', '2001:db8:50::11', 'filter1 saw 2001:db8:beef::9'],
  ['IPv6 to another one', 'internet', '2001:db8:beef::9', '25/tcp', '2001:db8:50::12', 'silence'],
  // one-to-one
  ['a one-to-one, as allowed', 'internet', '203.0.113.9', '5432/tcp', '198.51.100.13', 'rules saw 203.0.113.9'],
  ['from a network inside', 'filter1', '10.50.0.11', '5432/tcp', '198.51.100.13', 'rules saw 10.50.0.11'],
  ['and as not allowed', 'internet', '203.0.113.9', '80/tcp', '198.51.100.13', 'silence'],
  ['nor does its guest get out by it', 'rules', '10.50.1.10', '80/tcp', '203.0.113.9', 'silence'],
  // inside one bridge nothing is judged, with br_netfilter or without
  ['neighbours', 'filter1', '10.50.0.11', '80/tcp', '10.50.0.12', 'filter2 saw 10.50.0.11'],
  // the host
  ['ssh to the host, as allowed', 'internet', '203.0.113.9', '22/tcp', '198.51.100.10', 'server saw 203.0.113.9'],
  ['anything else to the host', 'internet', '203.0.113.9', '80/tcp', '198.51.100.10', 'silence'],
  ['the host by an inner address', 'filter1', '10.50.0.11', '22/tcp', '10.50.0.1', 'silence'],
  ['the host by the address of its containers', 'filter1', '10.50.0.11', '22/tcp', '172.17.0.1', 'silence'],
  ['the host itself to internet', 'server', '198.51.100.10', '22/tcp', '203.0.113.9', 'internet saw 198.51.100.10'],
  ['the host itself to a guest', 'server', '10.50.0.1', '80/tcp', '10.50.0.11', 'filter1 saw 10.50.0.1'],
  [
    'the host itself to a published port',
    'server',
    '198.51.100.10',
    '25/tcp',
    '198.51.100.11',
    'filter1 saw 198.51.100.10',
  ],
  ['the host itself to its own', 'server', '127.0.0.1', '80/tcp', '127.0.0.1', 'server saw 127.0.0.1'],
  // what is the container engine's
  ['a container to internet', 'container', '172.17.0.2', '80/tcp', '203.0.113.9', 'internet saw 198.51.100.10'],
  ["a container's published port", 'internet', '203.0.113.9', '8080/tcp', '198.51.100.10', 'container saw 203.0.113.9'],
  ['straight to a container', 'internet', '203.0.113.9', '80/tcp', '172.17.0.2', 'silence'],
  ['a container to the host', 'container', '172.17.0.2', '80/tcp', '172.17.0.1', 'server saw 172.17.0.2'],
  ['a container to a guest', 'container', '172.17.0.2', '25/tcp', '10.50.0.11', 'silence'],
  // By the container's own way the gateway's addresses are the host's.
  ['a container to a published port', 'container', '172.17.0.2', '25/tcp', '198.51.100.11', 'server saw 172.17.0.2'],
  ['a guest to a container', 'filter1', '10.50.0.11', '80/tcp', '172.17.0.2', 'silence'],
];

/** With br_netfilter the kernel sends what it has translated back into the bridge, and no bridge sends out where it took in. */
const WITHOUT_BR_NETFILTER: readonly Row[] = [
  ['hairpin to itself', 'filter1', '10.50.0.11', '25/tcp', '198.51.100.11', 'filter1 saw 10.50.0.1'],
];

describe.each([
  { bridged: true, rows: ROWS },
  { bridged: false, rows: [...ROWS, ...WITHOUT_BR_NETFILTER] },
])('with br_netfilter $bridged', ({ bridged, rows }) => {
  let yard: Yard;
  const nodes = new Map<string, TestNode>();

  beforeAll(async () => {
    yard = await buildYard(bridged);
    const { host, server, internet, container } = yard;
    const model = yardModel();
    const run = await applyModel(model, () => connectThrough('server', host.prefix));
    expect(run.hosts).toMatchObject([{ result: 'applied', verified: true, failure: null }]);
    for (const node of [server, internet, container]) nodes.set(node.name, node);
    for (const [name, node] of await yard.attach(model)) nodes.set(name, node);
    for (const node of nodes.values()) {
      for (const port of [22, 25, 80, 5432]) await node.listen('tcp', port);
      await node.listen('udp', 53);
    }
  });
  afterAll(async () => {
    await yard.close();
  });

  function probe(from: string, source: string, service: string, to: string): Promise<string> {
    const [port, protocol] = service.split('/');
    const node = nodes.get(from);
    if (node === undefined) throw new Error(`no node ${from}`);
    return node.probe({ protocol: protocol === 'udp' ? 'udp' : 'tcp', from: source, to, port: Number(port) });
  }

  function namespaceOf(name: string): string {
    return nodes.get(name)?.namespace ?? '';
  }

  async function counted(chain: string, id: string): Promise<number> {
    const listing = await yard.host.run('nft', 'list', 'chain', 'inet', 'yard-filter', chain);
    const found = [...listing.matchAll(new RegExp(`counter packets (\\d+) bytes \\d+ \\w+ comment "${id}"`, 'g'))];
    if (found.length === 0) throw new Error(`no rule ${id} in ${listing}`);
    return found.reduce((sum, match) => sum + Number(match[1]), 0);
  }

  describe('packets', () => {
    it.each(rows)('%s: %s %s, %s to %s: %s', async (_what, from, source, service, to, answer) => {
      expect(await probe(from, source, service, to)).toBe(answer);
    });

    it('is silent because of the rules: without the last one of each chain they answer', async () => {
      const silent = rows.filter(([, , , , , answer]) => answer === 'silence');
      const tables = ['filter-forward', 'filter-input'] as const;
      const before = await yard.host.run('nft', 'list', 'ruleset');
      for (const chain of tables) {
        const listing = await yard.host.run('nft', '-a', 'list', 'chain', 'inet', 'yard-filter', chain);
        const handle = /comment "default" # handle (\d+)/.exec(listing)?.[1];
        await yard.host.run('nft', 'delete', 'rule', 'inet', 'yard-filter', chain, 'handle', handle ?? '');
      }
      const answers: string[] = [];
      for (const [what, from, source, service, to] of silent) {
        if ((await probe(from, source, service, to)) === 'silence') answers.push(what);
      }
      await yard.host.run('nft', 'delete', 'table', 'inet', 'yard-filter');
      await yard.host.input(
        before.slice(before.indexOf('table inet yard-filter')).replace(/\n\}\ntable[\s\S]*/, '\n}\n'),
        'nft',
        '-f',
        '-',
      );
      expect(answers).toEqual([]);
    });

    it('drops what goes round by the gateway inside one bridge', async () => {
      const namespace = namespaceOf('filter1');
      yard.scratch.run(namespace, ['ip', 'route', 'add', '10.50.0.12/32', 'via', '10.50.0.1']);
      const round = await probe('filter1', '10.50.0.11', '80/tcp', '10.50.0.12');
      yard.scratch.run(namespace, ['ip', 'route', 'del', '10.50.0.12/32']);
      expect(round).toBe('silence');
    });

    it('drops a source that does not belong behind the interface, and counts it', async () => {
      const namespace = namespaceOf('filter1');
      for (const address of ['10.50.1.77', '203.0.113.77']) {
        yard.scratch.run(namespace, ['ip', 'addr', 'add', `${address}/32`, 'dev', 'lo']);
        const before = await counted('guard-sources', 'spoofed');
        expect(await probe('filter1', address, '5432/tcp', '10.50.1.10')).toBe('silence');
        expect(await counted('guard-sources', 'spoofed')).toBeGreaterThan(before);
      }
    });

    it.each([
      ['internet', '203.0.113.9', '198.51.100.11', true],
      ['internet', '203.0.113.9', '198.51.100.10', true],
      ['internet', '203.0.113.9', '198.51.100.13', false],
      ['internet', '2001:db8:beef::9', '2001:db8:f::11', true],
      ['filter1', '10.50.0.11', '10.50.0.1', true],
      ['filter1', '10.50.0.11', '10.50.1.1', false],
      ['filter1', '10.50.0.11', '172.17.0.1', false],
      ['container', '172.17.0.2', '172.17.0.1', true],
    ] as const)('echo from %s %s to %s: %s', (from, source, to, answered) => {
      const { exitCode } = yard.scratch.attempt(namespaceOf(from), ['ping', '-c1', '-W0.4', '-I', source, to]);
      expect(exitCode === 0).toBe(answered);
    });
  });

  describe('the host', () => {
    it('forwards by the interfaces of the gateway, and no others because of it', async () => {
      const read = (path: string): Promise<string> => yard.host.run('cat', `/proc/sys/net/${path}`);
      expect(await read('ipv6/conf/all/forwarding')).toBe('0');
      expect(await read('ipv6/conf/docker0/forwarding')).toBe('0');
      expect(await read('ipv4/conf/br-filters/forwarding')).toBe('1');
    });

    it('has what it sends with an address behind the gateway translated like everything there', async () => {
      const behind = yardModel((text) =>
        text.replace('nics: { rack: 198.51.100.10 }', 'nics: { rack: 198.51.100.10, filters: 10.50.0.5 }'),
      );
      const run = await applyModel(behind, () => connectThrough('server', yard.host.prefix));
      expect(run.hosts).toMatchObject([{ result: 'applied', verified: true, failure: null }]);
      expect(await probe('server', '10.50.0.5', '80/tcp', '203.0.113.9')).toBe('internet saw 198.51.100.11');
      expect(await probe('server', '10.50.0.5', '80/tcp', '10.50.0.11')).toBe('filter1 saw 10.50.0.5');
      expect(await probe('filter1', '10.50.0.11', '22/tcp', '10.50.0.5')).toBe('silence');
    });

    it('keeps the address and the default route that it sends with', async () => {
      expect(await yard.host.run('ip', 'route', 'get', '198.51.100.9')).toContain('src 198.51.100.10');
      expect(await yard.host.run('ip', 'route', 'show', 'default')).toContain('via 198.51.100.9');
    });
  });
});
