/**
 * `isolated: true` against real frames, on a cable between two hosts, in a tunnel, and with a router that the file does not
 * describe: nothing goes from one member to another, everything to the gateway and back.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import { labConnection, labDown, labRun, labTest, labTestText, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { compileFile, compileText } from '../../server/model/compile-file.ts';
import { applyModel, planModel } from '../../server/run/apply.ts';
import { framesProgram, lldpFrame, plainFrame } from '../support/frames.ts';
import type { Site, Station } from '../support/isolation.ts';
import { leaks, PRETENDED, sendTricks, stationsOf, TRICKS } from '../support/isolation.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-frames-'));
let program = '';
let model: Model;
let lab: Lab;

const site = (network: string): Site => ({ lab, program, stations: stationsOf(model, network) });
const send = async ({ node, device }: Station, frame: Buffer): Promise<void> => {
  const done = await labRun(lab, node, [program, 'send', device, frame.toString('hex')]);
  expect(done.stderr).toBe('');
};
const nft = async (node: string, ...words: readonly string[]): Promise<void> => {
  const done = await labRun(lab, node, ['nft', ...words]);
  expect(done.stderr).toBe('');
};
const mend = async (): Promise<void> => {
  const run = await applyModel(model, (host) => labConnection(lab, host));
  expect(run.hosts.map(({ verified }) => verified)).toEqual([true, true]);
};

beforeAll(async () => {
  program = framesProgram(folder);
  const compiled = await compileFile(join(import.meta.dirname, 'apart.yaml'));
  if (compiled.model === null) throw new Error('apart does not compile');
  model = compiled.model;
  ({ lab } = await labUp(model));
});
afterAll(async () => {
  await labDown(model.topology);
  rmSync(folder, { recursive: true });
});

test('meets what it expects: gateways both ways, published ports of neighbours, a router outside', async () => {
  const result = await labTest(model, lab);
  expect(result.failed, labTestText(result)).toBe(0);
  const plan = await planModel(model, (host) => labConnection(lab, host));
  expect(plan.hosts.flatMap((host) => host.steps)).toEqual([]);
});

describe.each(['db', 'far'])('on %s', (network) => {
  test('no frame of any sort goes from one member to another; the gateway hears all that was not forged', async () => {
    const { stations } = site(network);
    const heard = await sendTricks(site(network));
    expect(leaks(heard, stations)).toEqual([]);
    for (const { name, gateway } of stations) {
      if (!gateway) expect(heard.get(name)).toContain(`gateway-${name}`);
    }
    const members = stations.filter((each) => !each.gateway).map((each) => each.name);
    const others = (name: string): readonly string[] => members.filter((each) => each !== name);
    const arrived = heard.get('gw@left') ?? [];
    const sent = (tricks: readonly string[]): readonly string[] =>
      members.flatMap((from) => others(from).flatMap((to) => tricks.map((trick) => `${from}-${to}-${trick}`)));
    expect(arrived).toEqual(expect.arrayContaining([...sent(['flood', 'arp', 'udp', 'nd', 'routed', 'too-big'])]));
    const forged = arrived.filter((each) => PRETENDED.has(each.split('-').slice(2).join('-')));
    expect(forged).toEqual([]);
  });
});

test('with a router that the file does not describe: it is heard, a neighbour is not', async () => {
  const { stdout } = await labRun(lab, 'internet', ['cat', '/sys/class/net/pub/address']);
  const router: Station = {
    name: 'router',
    node: 'internet',
    device: 'pub',
    mac: stdout.trim(),
    addresses: ['198.51.100.1', '2001:db8:51::1'],
    gateway: true,
    guest: false,
  };
  const stations = [...stationsOf(model, 'pub'), router];
  // What somebody else's router sends back to where it came from is its own business.
  const tricks = Object.keys(TRICKS).filter((each) => each !== 'routed' && each !== 'too-big');
  const heard = await sendTricks({ lab, program, stations }, tricks);
  expect(leaks(heard, stations)).toEqual([]);
  expect(heard.get('p1')).toContain('gateway-p1');
  expect(heard.get('p2')).toContain('gateway-p2');
  expect(heard.get('router')).toEqual(expect.arrayContaining(['p1-p2-arp', 'p2-p1-arp', 'p1-p2-nd', 'p2-p1-flood']));
});

test('between neighbours of a network that is not isolated all of it passes', async () => {
  const heard = await sendTricks(site('lan'), ['plain', 'flood', 'arp', 'udp', 'nd', 'tagged', 'forged', 'stranger']);
  expect(heard.get('d1')).toEqual(
    ['arp', 'flood', 'forged', 'nd', 'plain', 'stranger', 'tagged', 'udp']
      .map((each) => `c1-d1-${each}`)
      .concat('gateway-d1'),
  );
});

test('a bridge learns no MAC from a frame that it shows to no filter', async () => {
  const { stations } = site('db');
  const [a1, gateway] = ['a1', 'gw@left'].map((name) => stations.find((each) => each.name === name));
  if (a1 === undefined || gateway === undefined) throw new Error('a station is missing');
  const forge = async (): Promise<string> => {
    await send(a1, plainFrame({ from: a1.mac, to: gateway.mac }, 'me'));
    await send(gateway, plainFrame({ from: gateway.mac, to: a1.mac }, 'me'));
    await send(a1, lldpFrame(gateway.mac, 'forged'));
    const known = await labRun(lab, 'left', ['bridge', 'fdb', 'get', gateway.mac, 'br', 'br-db']);
    return known.stdout.split(' ')[2] ?? '';
  };
  const ports = model.hosts.get('left')?.attachments.filter(({ network }) => network === 'db') ?? [];
  const portOf = (name: string): string | undefined => ports.find(({ owner }) => owner.name === name)?.device;
  expect(await forge()).toBe(portOf('gw'));
  const done = await labRun(lab, 'left', [
    'ip',
    'link',
    'set',
    'dev',
    'br-db',
    'type',
    'bridge',
    'no_linklocal_learn',
    '0',
  ]);
  expect(done.stderr).toBe('');
  expect(await forge()).toBe(portOf('a1'));
  await mend();
  expect(await forge()).toBe(portOf('gw'));
});

describe('each part is needed', () => {
  const table = 'apart-isolation';
  test.each<[string, string, () => Promise<void>, RegExp]>([
    [
      'the members of other hosts',
      'db',
      () => nft('right', 'flush', 'chain', 'bridge', table, 'guard-postrouting'),
      /^b1 heard a1-b1-plain$/,
    ],
    [
      'the members at the other end of a tunnel',
      'far',
      () => nft('right', 'flush', 'chain', 'bridge', table, 'guard-postrouting'),
      /^f2 heard f1-f2-arp$/,
    ],
    [
      'frames of others for the host itself',
      'db',
      () => nft('right', 'flush', 'chain', 'bridge', table, 'guard-input'),
      /^right heard a1-right-arp$/,
    ],
    [
      'forged senders',
      'db',
      () => nft('left', 'flush', 'chain', 'bridge', table, 'guard-prerouting'),
      /^b1 heard a1-b1-forged-flood$/,
    ],
    [
      'the way round by the gateway',
      'db',
      async () => {
        const namespace = model.gateways.get('gw')?.members[0]?.namespace ?? '';
        const done = await labRun(lab, 'left', [
          'ip',
          'netns',
          'exec',
          namespace,
          'nft',
          'flush',
          'set',
          'inet',
          'apart-filter',
          'isolated-nics',
        ]);
        expect(done.stderr).toBe('');
      },
      /^a2 heard a1-a2-too-big$/,
    ],
  ])('%s', async (_what, network, breaks, leak) => {
    await breaks();
    const broken = leaks(await sendTricks(site(network)), site(network).stations);
    expect(broken.filter((each) => leak.test(each))).not.toEqual([]);
    await mend();
    expect(leaks(await sendTricks(site(network)), site(network).stations)).toEqual([]);
  });

  test('without the table two guests of one host are kept apart by the bridge, without both they are not', async () => {
    const between = ['plain', 'flood', 'arp', 'nd'];
    for (const chain of ['guard-prerouting', 'guard-input', 'guard-postrouting']) {
      await nft('left', 'flush', 'chain', 'bridge', table, chain);
    }
    const heard = await sendTricks(site('db'), between);
    expect((heard.get('a2') ?? []).filter((each) => each.startsWith('a1-'))).toEqual([]);
    for (const name of ['a1', 'a2']) {
      const port = model.hosts.get('left')?.attachments.find(({ owner }) => owner.name === name)?.device ?? '';
      const done = await labRun(lab, 'left', ['bridge', 'link', 'set', 'dev', port, 'isolated', 'off']);
      expect(done.stderr).toBe('');
    }
    expect((await sendTricks(site('db'), between)).get('a2')).toContain('a1-a2-plain');
    await mend();
    expect(leaks(await sendTricks(site('db'), between), site('db').stations)).toEqual([]);
  });
});

test('switched on in a live network it closes, and the gateway loses nothing; switched off it leaves nothing', async () => {
  const file = 'apart.yaml';
  const source = await readFile(join(import.meta.dirname, file), 'utf8');
  const open = compileText({ file, text: source.replaceAll(', isolated: true', '') }).model;
  if (open === null) throw new Error('apart does not compile');
  await nft('left', 'add', 'table', 'bridge', 'other');
  const tables = async (): Promise<string> => (await labRun(lab, 'left', ['nft', 'list', 'tables', 'bridge'])).stdout;

  await applyModel(open, (host) => labConnection(lab, host));
  expect((await tables()).trim()).toBe('table bridge other');
  expect((await labRun(lab, 'left', ['ip', '-d', 'link', 'show'])).stdout).not.toMatch(
    /isolated on|no_linklocal_learn 1/,
  );
  expect((await sendTricks(site('db'), ['plain', 'arp'])).get('b1')).toContain('a1-b1-plain');

  const streams = ['a1', 'b1'].map((name) => labRun(lab, name, ['ping', '-q', '-i', '0.01', '-c', '300', '10.1.2.1']));
  await mend();
  for (const { stdout } of await Promise.all(streams)) expect(stdout).toContain('300 received');
  expect(leaks(await sendTricks(site('db')), site('db').stations)).toEqual([]);
  expect(await tables()).toContain('table bridge other');
});
