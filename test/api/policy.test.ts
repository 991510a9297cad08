import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import type { Client } from '../../server/api/client.ts';
import type { PolicyAnswer } from '../../server/api/schema/policy.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { judgeExpectations } from '../../server/run/expectations.ts';
import { openSite } from './site.ts';

// Whole programs and threads are started here: on a machine that is busy that takes a while.
vi.setConfig({ testTimeout: 120_000 });

const shipped = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`../../topologies/${name}/${name}.yaml`, import.meta.url)), 'utf8');

async function asking<T>(name: string, ask: (call: Client, params: { name: string }) => Promise<T>): Promise<T> {
  await using site = await openSite({ [`${name}.yaml`]: await shipped(name) });
  const answer = await ask(await site.client(), { name: `${name}.yaml` });
  expect(JSON.stringify(answer)).not.toContain(site.folder);
  expect(site.reports).toEqual([]);
  return answer;
}

const policy = (name: string): Promise<PolicyAnswer> =>
  asking(name, (call, params) => call('GET /api/topologies/:name/policy', { params }));

test('the matrix says what the lines of the file allow, and which line it is', async () => {
  const { from, to, cells } = await policy('office');
  expect(from.map(({ id }) => id)).toEqual(['internet', 'network:lab', 'network:lan', 'network:wan']);
  expect(to.map(({ id }) => id)).toEqual([...from.map(({ id }) => id), 'gateway:gw']);
  const cell = (one: string, other: string) => cells.find((each) => each.from === one && each.to === other);
  expect(cell('network:lan', 'network:lab')).toMatchObject({ verdict: 'some', services: ['5000/tcp'] });
  const [flow] = cell('network:lan', 'network:lab')?.flows ?? [];
  expect(flow).toMatchObject({ state: 'yes', from: { names: ['desk'], more: 0 }, to: { names: ['bench'], more: 0 } });
  expect(flow?.by[0]).toMatchObject({ file: 'office.yaml', line: 49 });
  expect(cell('network:lan', 'network:lan')?.verdict).toBe('all');
  // Nothing allows it: there is no cell at all.
  expect(cell('network:lab', 'network:lan')).toBeUndefined();
  expect(cell('internet', 'network:lab')).toBeUndefined();
});

test('what is published is open from internet, by its line', async () => {
  const { cells } = await policy('office');
  const flows = cells.find(({ from, to }) => from === 'internet' && to === 'network:lan')?.flows ?? [];
  const published = flows.find(({ services }) => services.includes('443/tcp'));
  expect(published?.to.names).toEqual(['web']);
  expect(published?.sentTo?.names).toContain('192.0.2.10');
  expect(published?.by[0]).toMatchObject({ file: 'office.yaml', line: 41 });
});

test('each example of the matrix is a packet that gets through', async () => {
  await asking('office', async (call, params) => {
    const { cells } = await call('GET /api/topologies/:name/policy', { params });
    const open = cells.flatMap(({ flows }) => flows).filter(({ state }) => state === 'yes');
    const asked = open.flatMap(({ example }) => example ?? []);
    expect(asked.length).toBeGreaterThan(10);
    for (const { from, to, service } of asked) {
      const end = to.includes(':') ? `[${to}]` : to;
      const query = { from, to: service === 'icmp' ? `${end}/icmp` : `${end}:${service}` };
      const { answers } = await call('GET /api/topologies/:name/reach', { params, query });
      const verdicts = answers.map(({ verdict }) => verdict);
      // Nobody need listen there: that is no matter of who may.
      expect(
        verdicts.some((each) => each === 'delivered' || each === 'not-listening'),
        JSON.stringify(query),
      ).toBe(true);
    }
    return asked;
  });
});

test('without a host of a cluster the other member takes over, and nothing is lost', async () => {
  const { promises, gateways, guests } = await asking('vgw-cluster', (call, params) =>
    call('GET /api/topologies/:name/without', { params, query: { host: 'gw-x' } }),
  );
  expect(promises.filter(({ outcome }) => outcome !== 'kept')).toEqual([]);
  expect(gateways.map(({ state }) => state)).toEqual(gateways.map(() => 'taken-over'));
  expect(gateways.find(({ name }) => name === 'vgw-1')).toMatchObject({ before: 'vgw-1@gw-x', now: 'vgw-1@gw-y' });
  expect(guests).toEqual([]);
});

test('without both nothing of it is left', async () => {
  const { promises, gateways } = await asking('vgw-cluster', (call, params) =>
    call('GET /api/topologies/:name/without', { params, query: { host: ['gw-x', 'gw-y'] } }),
  );
  expect(gateways.map(({ state, now }) => [state, now])).toEqual(gateways.map(() => ['lost', null]));
  const published = promises.filter(({ kind }) => kind === 'publish');
  expect(published.length).toBeGreaterThan(0);
  expect(published.map(({ outcome }) => outcome)).toEqual(published.map(() => 'lost'));
});

test('the pair that is missed most is said, and what only both together lose', async () => {
  const { hosts, pairs } = await asking('vgw-cluster', (call, params) =>
    call('GET /api/topologies/:name/without/worst', { params }),
  );
  expect(hosts.map((each) => each.hosts)).toContainEqual(['gw-x']);
  expect(pairs[0]?.hosts).toEqual(['gw-x', 'gw-y']);
  expect(pairs[0]?.together).toBeGreaterThan(0);
  expect(hosts.every(({ together }) => together === 0)).toBe(true);
});

test('with no host that matters down, expectations are as `check` judges them', async () => {
  const text = await shipped('vgw-cluster');
  const { model } = compileText({ file: 'vgw-cluster.yaml', text });
  if (model === null) throw new Error('wrong');
  const judged = judgeExpectations(model).results;
  const { promises } = await asking('vgw-cluster', (call, params) =>
    call('GET /api/topologies/:name/without', { params, query: { host: 'gw-y' } }),
  );
  const own = promises.filter(({ kind }) => kind === 'expectation');
  expect(own.map(({ text: each }) => each)).toEqual(judged.map(({ expectation }) => expectation));
  expect(own.map(({ outcome }) => outcome === 'kept')).toEqual(judged.map(({ outcome }) => outcome === 'met'));
});

test('a host that is not there is refused', async () => {
  await using site = await openSite();
  const call = await site.client();
  const asked = call('GET /api/topologies/:name/without', {
    params: { name: 'small.yaml' },
    query: { host: 'nobody' },
  });
  await expect(asked).rejects.toMatchObject({ status: 400 });
});
