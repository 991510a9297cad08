import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execa } from 'execa';
import type { Model } from '../../server/flow/model.ts';
import { execPrefix, labDown, labList, labTest, labUp, openLab, reattach } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { twoHosts, withLabs } from './two-hosts.ts';

const MINUTE = 60_000;

async function inNode(lab: Lab, node: string, ...argv: readonly string[]): Promise<string> {
  const [file = '', ...args] = [...execPrefix(lab, node), ...argv];
  return (await execa(file, args)).stdout;
}

describe('a lab that is up', () => {
  const model: Model = twoHosts();
  let lab: Lab;

  beforeAll(async () => {
    const result = await labUp(model);
    lab = result.lab;
    expect(result.run.hosts.map(({ host, result: how, verified }) => [host, how, verified])).toEqual([
      ['left', 'applied', true],
      ['right', 'applied', true],
    ]);
  }, MINUTE);
  afterAll(() => labDown(model.topology), MINUTE);

  it(
    'meets every expectation by real packets, and says who answered and what source they saw',
    async () => {
      const { results, failed } = await labTest(model, lab);
      expect(results.filter((result) => !result.passed)).toEqual([]);
      expect(failed).toBe(0);
      const published = results.find((result) => result.to === '192.0.2.10:443/tcp');
      expect(published).toMatchObject({ from: 'internet', want: 'allow', got: 'answered', answeredBy: 'web' });
      expect(published?.sourceSeen).toMatch(/^203\.0\.113\.\d+:\d+$/);
      const outward = results.find((result) => result.from === 'web' && result.to.endsWith(':443/tcp'));
      expect(outward).toMatchObject({
        answeredBy: 'internet',
        note: expect.stringContaining('nobody is declared to listen') as string,
      });
      expect(outward?.sourceSeen).toMatch(/^192\.0\.2\.10:/);
    },
    MINUTE,
  );

  it('lets guests take their ends as the plan makes them: none was moved with the mark of a free one', async () => {
    for (const guest of ['web', 'other']) {
      const [link] = JSON.parse(await inNode(lab, guest, 'ip', '-j', '-d', 'link', 'show', 'dev', 'lan')) as object[];
      expect(link).toMatchObject({ ifname: 'lan', linkinfo: { info_kind: 'veth' } });
      expect(link).not.toHaveProperty('ifalias');
    }
  });

  it('gives guests their addresses on a NIC with the name of the network, and hosts their own name', async () => {
    expect(await inNode(lab, 'web', 'ip', '-br', 'address', 'show', 'dev', 'lan')).toContain('10.1.0.10/24');
    expect(await inNode(lab, 'web', 'ip', 'route', 'show', 'default')).toContain('via 10.1.0.1');
    expect(await inNode(lab, 'left', 'hostname')).toBe('left');
    expect(await inNode(lab, 'left', 'ip', 'netns', 'list')).toContain('gw');
    expect(await inNode(lab, 'gw@left', 'ip', '-br', 'address')).toContain('192.0.2.10/24');
  });

  it('keeps what a host writes to itself', async () => {
    await inNode(
      lab,
      'left',
      'sh',
      '-c',
      'echo left >/etc/trunkline/here; echo left >/var/lib/trunkline/here; echo left >/run/here',
    );
    expect(await inNode(lab, 'left', 'ls', '/var/lib/trunkline')).toBe('here');
    expect(await inNode(lab, 'left', 'cat', '/etc/trunkline/here', '/var/lib/trunkline/here', '/run/here')).toBe(
      'left\nleft\nleft',
    );
    const other = execa(...commandIn('right', 'cat', '/etc/trunkline/here'));
    await expect(other).rejects.toThrow('No such file');
  });

  it(
    'says of a denied packet that arrives without being answered that it leaked',
    async () => {
      await openForwarding();
      await inNode(
        lab,
        'other',
        'nft',
        'add table inet mute; add chain inet mute out { type filter hook output priority 0; policy drop; }',
      );
      try {
        const { results } = await labTest(model, lab);
        const leaks = results.filter((result) => result.got === 'leaked');
        expect(leaks.map(({ from, to, passed }) => ({ from, to, passed }))).toContainEqual({
          from: 'internet',
          to: '10.1.0.11:8443/tcp',
          passed: false,
        });
        expect(leaks.some((result) => result.to.endsWith('/udp'))).toBe(true);
        expect(leaks.some((result) => result.to.endsWith('/icmp'))).toBe(true);
        // Port 80 of the internet has no listener: its refusal comes from beyond the gateway, which is a leak as well.
        expect(results.find((result) => result.from === 'web' && result.to.endsWith(':80/tcp'))?.passed).toBe(false);
      } finally {
        await inNode(lab, 'other', 'nft', 'delete', 'table', 'inet', 'mute');
      }
    },
    MINUTE,
  );

  it(
    'names the node that answered instead of the one that was meant',
    async () => {
      await openForwarding();
      await inNode(
        lab,
        'gw@left',
        'nft',
        'add table ip detour; add chain ip detour pre { type nat hook prerouting priority -150; }; add rule ip detour pre tcp dport 443 dnat to 10.1.0.11:8443',
      );
      try {
        const { results } = await labTest(model, lab);
        expect(results.find((result) => result.to === '192.0.2.10:443/tcp')).toMatchObject({
          got: 'wrong-node',
          answeredBy: 'other',
          passed: false,
        });
      } finally {
        await inNode(lab, 'gw@left', 'nft', 'delete', 'table', 'ip', 'detour');
      }
    },
    MINUTE,
  );

  it(
    'finds the firewall as the file has it after another `up`',
    async () => {
      const { run } = await labUp(model);
      expect(run.hosts.find((host) => host.host === 'left')?.result).toBe('applied');
      expect((await labTest(model, lab)).failed).toBe(0);
    },
    MINUTE,
  );

  it(
    'gives a guest its NIC again after it was made anew',
    async () => {
      await inNode(lab, 'web', 'ip', 'link', 'delete', 'dev', 'lan');
      const { run } = await labUp(model);
      expect(run.hosts.find((host) => host.host === 'right')?.result).toBe('applied');
      await reattach(model, await openLab(model.topology));
      expect(await inNode(lab, 'web', 'ip', '-br', 'address', 'show', 'dev', 'lan')).toContain('2001:db8:1::10/64');
      expect((await labTest(model, lab)).failed).toBe(0);
    },
    MINUTE,
  );

  it(
    'is listed, and a second `up` starts no node anew',
    async () => {
      expect((await labList()).map((each) => each.topology)).toContain(model.topology);
      const pids = [...(await openLab(model.topology)).nodes.values()].map((node) => node.pid);
      await labUp(model);
      expect([...(await openLab(model.topology)).nodes.values()].map((node) => node.pid)).toEqual(pids);
    },
    MINUTE,
  );

  it(
    'is gone after `down`',
    async () => {
      await labDown(model.topology);
      await expect(openLab(model.topology)).rejects.toThrow('No lab');
    },
    MINUTE,
  );

  /** Breaks the gateway: everything is accepted before its own rules are asked. */
  async function openForwarding(): Promise<void> {
    const { nftables } = JSON.parse(await inNode(lab, 'gw@left', 'nft', '-j', 'list', 'chains')) as {
      nftables: { chain?: Record<string, string> }[];
    };
    const chain = nftables
      .map((each) => each.chain)
      .find((each) => each?.['hook'] === 'forward' && each['family'] === 'inet');
    await inNode(
      lab,
      'gw@left',
      'nft',
      'insert',
      'rule',
      'inet',
      chain?.['table'] ?? '',
      chain?.['name'] ?? '',
      'accept',
    );
  }

  function commandIn(node: string, ...argv: readonly string[]): [string, readonly string[]] {
    const [file = '', ...args] = [...execPrefix(lab, node), ...argv];
    return [file, args];
  }
});

describe('two labs', () => {
  it(
    'run side by side with the same addresses and know nothing of each other',
    async () => {
      const [one, two] = [twoHosts(), twoHosts()];
      await withLabs([one, two], async () => {
        const labs = await Promise.all([labUp(one), labUp(two)]);
        const results = await Promise.all([labTest(one, labs[0].lab), labTest(two, labs[1].lab)]);
        expect(results.map((result) => result.failed)).toEqual([0, 0]);
        await labDown(one.topology);
        expect((await labTest(two, labs[1].lab)).failed).toBe(0);
      });
    },
    2 * MINUTE,
  );
});

describe('a changed file', () => {
  it(
    'ends the nodes that it no longer has, and starts the new ones',
    async () => {
      const model = twoHosts();
      const without = twoHosts((text) => text.replace(/^ {2}other:.*\n/m, '').replace(/^.*other.*\n/gm, ''));
      const renamed = { ...without, topology: model.topology };
      await withLabs([model], async () => {
        await labUp(renamed);
        expect((await openLab(model.topology)).nodes.has('other')).toBe(false);
        const { lab } = await labUp(model);
        expect((await labTest(model, lab)).failed).toBe(0);
        await labUp(renamed);
        expect((await openLab(model.topology)).nodes.has('other')).toBe(false);
      });
    },
    2 * MINUTE,
  );
});
