import { describe, expect, it } from 'vitest';
import { compileText } from '../../../server/model/compile-file.ts';
import type { Model } from '../../../server/flow/model.ts';
import { modelWithout, modelWithSeen, refugeWithout } from '../../../server/model/placement/elsewhere.ts';
import { probePlan } from '../../../server/model/probes.ts';
import { judgeExpectations } from '../../../server/run/expectations.ts';

function modelOf(text: string): Model {
  const { model, diagnostics } = compileText({ file: 'pool.yaml', text });
  if (model === null) throw new Error(JSON.stringify(diagnostics, null, 1));
  return model;
}

const HOSTS = ['a', 'b', 'c', 'd'];

interface PoolText {
  readonly guests: readonly string[];
  readonly on?: string;
  readonly memory?: string;
  readonly more?: string;
}

function pool({ guests, on = 'auto', memory = '16G', more = '' }: PoolText): string {
  return [
    'topology: pool',
    'networks: { lan: { vlan: 10, subnet: 10.0.0.0/16 } }',
    'hosts:',
    ...HOSTS.map(
      (host, at) =>
        `  ${host}: { access: ssh://root@${host}.example.net, bridges: { br0: { ports: [eno1] } }, nics: { lan: 10.0.0.${String(at + 1)} }, capacity: { cpus: 8, memory: ${memory} } }`,
    ),
    'guests:',
    ...guests.map((name) => `  ${name}: { on: ${on}, nics: { lan: auto }, needs: { memory: 2G } }`),
    more,
  ].join('\n');
}

function homes(model: Model): Record<string, string> {
  return Object.fromEntries([...model.guests.values()].map(({ name, host }) => [name, host]));
}

const NAMES = Array.from({ length: 20 }, (_, at) => `g${String(at)}`);

describe('a guest whose host is left open', () => {
  it('is on the same host whatever the order of the file, and all are within what hosts have', () => {
    const there = homes(modelOf(pool({ guests: NAMES })));
    expect(homes(modelOf(pool({ guests: NAMES.toReversed() })))).toEqual(there);
    const counts = HOSTS.map((host) => Object.values(there).filter((each) => each === host).length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(8);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('stays when another comes, as long as nobody wants its room', () => {
    const before = homes(modelOf(pool({ guests: NAMES, memory: '64G' })));
    for (const more of ['new-1', 'new-2', 'new-3'])
      expect(homes(modelOf(pool({ guests: [...NAMES, more], memory: '64G' })))).toMatchObject(before);
  });

  it('stays where it was seen, wherever that is, and others go round it', () => {
    const model = modelOf(pool({ guests: NAMES, on: '[a, b, c]' }));
    const seen = new Map(NAMES.slice(0, 8).map((name) => [name, 'a']));
    const now = homes(modelWithSeen(model, seen));
    for (const name of seen.keys()) expect(now[name]).toBe('a');
    expect(Object.values(now).filter((host) => host === 'a')).toHaveLength(8);
    expect(Object.values(now)).not.toContain('d');
    expect(modelWithSeen(model, new Map(Object.entries(homes(model))))).toBe(model);
  });

  it('does not stay where it does not fit, and is not where the file does not let it be', () => {
    const model = modelOf(pool({ guests: NAMES, on: '[a, b, c]' }));
    const now = homes(modelWithSeen(model, new Map(NAMES.map((name, at) => [name, at < 10 ? 'a' : 'd']))));
    expect(Object.values(now).filter((host) => host === 'a')).toHaveLength(8);
    expect(Object.values(now)).not.toContain('d');
  });

  it('is packed by trying all ways where taking turns leaves one out', () => {
    // 32 guests of 2G fill four hosts of 16G to the last byte.
    const guests = Array.from({ length: 32 }, (_, at) => `g${String(at)}`);
    const counts = Map.groupBy(Object.values(homes(modelOf(pool({ guests })))), (host) => host);
    expect([...counts.values()].map((list) => list.length)).toEqual([8, 8, 8, 8]);
  });

  it('may be on a host that is called auto', () => {
    const text = pool({ guests: ['g0'] }).replaceAll('  a: {', '  auto: {');
    expect(homes(modelOf(text))).toEqual({ g0: 'auto' });
    expect(modelOf(text).guests.get('g0')?.free).toBe(false);
  });
});

const TWO_POOLS = `
topology: pools
networks:
  lan: { vlan: 10, subnet: 10.0.0.0/24 }
  dmz: { vlan: 20, subnet: 10.0.1.0/24 }
  here: { vlan: 30, subnet: 10.0.2.0/24 }
hosts:
  a: { access: local, bridges: { br0: { ports: [eno1], networks: [lan] }, br1: { networks: [here] } }, capacity: { cpus: 8, memory: 8G } }
  b: { access: ssh://root@b.example.net, bridges: { br0: { ports: [eno1], networks: [lan, dmz] }, br1: { networks: [here] } }, capacity: { cpus: 8, memory: 8G } }
  c: { access: ssh://root@c.example.net, bridges: { br0: { ports: [eno1] } }, capacity: { cpus: 8, memory: 4G } }
guests:
  web: { on: a, nics: { lan: 10.0.0.10 }, listens: [80/tcp], needs: { memory: 6G }, protection: protected }
  spare: { on: a, nics: { lan: 10.0.0.11 }, needs: { memory: 2G }, protection: restart }
  front: { on: b, nics: { dmz: 10.0.1.10 }, listens: [443/tcp], needs: { memory: 2G }, protection: protected }
  tied: { on: a, nics: { here: 10.0.2.10 }, protection: protected }
  plain: { on: a, nics: { lan: 10.0.0.12 } }
  asks: { on: b, nics: { lan: 10.0.0.13, dmz: 10.0.1.13 } }
expect:
  - { allow: 80/tcp, from: asks, to: web, even-without: a }
  - { allow: 443/tcp, from: asks, to: front }
`;

describe('a lost host', () => {
  const model = modelOf(TWO_POOLS);

  it('loses who is protected to a host that carries the same on the same wire', () => {
    expect(model.guests.get('web')?.mayRunOn).toEqual(['a', 'b', 'c']);
    expect(model.guests.get('front')?.mayRunOn).toEqual(['b', 'c']);
    // A bridge without ports is nowhere else, whatever is called like it.
    expect(model.guests.get('tied')?.mayRunOn).toEqual(['a']);
    expect(model.guests.get('plain')?.mayRunOn).toEqual([]);
  });

  it('has them started where there is room, the protected first, and says who has none', () => {
    const { moved, homeless, outcome } = refugeWithout(model, ['a']);
    expect(outcome).toBe('not-all');
    expect(moved.get('web')).toBe('b');
    expect(moved.get('spare')).toBe('c');
    expect(homeless.map(({ name }) => name)).toEqual(['tied']);
    expect(refugeWithout(model, ['c'])).toEqual({ outcome: 'all', moved: new Map(), homeless: [] });
  });

  it('gives a model in which their networks have followed, and all else is as it was', () => {
    const without = modelWithout(model, ['a']);
    expect(homes(without)).toEqual({ ...homes(model), web: 'b', spare: 'c' });
    const ports = (of: Model, host: string): readonly string[] =>
      (of.hosts.get(host)?.attachments ?? []).map(({ owner }) => owner.name);
    expect(ports(without, 'b')).toEqual([...ports(model, 'b'), 'web']);
    expect(without.guests.get('web')?.nics).toEqual(model.guests.get('web')?.nics);
    expect(modelWithout(model, ['a'])).toBe(without);
    expect(modelWithout(model, ['c'])).toBe(model);
  });

  it('keeps an expectation for a guest that is started again, and only for that', () => {
    expect(judgeExpectations(model).results.map(({ outcome }) => outcome)).toEqual(['met', 'met']);
    expect(probePlan(model).probes.filter(({ without }) => without === 'a')).toHaveLength(1);
    const full = modelOf(TWO_POOLS.replace('needs: { memory: 6G }', 'needs: { memory: 7G }'));
    expect(judgeExpectations(full).results.map(({ outcome }) => outcome)).toEqual(['failed', 'met']);
  });
});

describe('a gateway', () => {
  const text = `
topology: gates
networks: { lan: { vlan: 10, subnet: 10.0.0.0/24 }, out: { vlan: 20, subnet: 192.0.2.0/24, external: true, router: 192.0.2.1 } }
hosts:
  a: { access: local, bridges: { br0: { ports: [eno1] } }, capacity: { memory: 4G } }
  b: { access: ssh://root@b.example.net, bridges: { br0: { ports: [eno1] } }, capacity: { memory: 4G } }
  c: { access: ssh://root@c.example.net, bridges: { br0: { ports: [eno1] } }, capacity: { memory: 4G } }
guests: { web: { on: c, nics: { lan: 10.0.0.10 }, listens: [80/tcp] } }
gateways:
  one: { on: a, nics: { lan: 10.0.0.1, out: 192.0.2.2 }, nat: { publish: [80/tcp -> web] }, protection: protected, needs: { memory: 2G } }
expect:
  - { allow: 80/tcp, from: internet, to: 192.0.2.2, reaches: web:80, even-without: a }
`;

  it('of one member is started elsewhere, with its addresses', () => {
    const model = modelOf(text);
    const without = modelWithout(model, ['a']);
    const [member] = without.gateways.get('one')?.members ?? [];
    expect(['b', 'c']).toContain(member?.host);
    expect(judgeExpectations(model).results).toMatchObject([{ outcome: 'met', probes: 2 }]);
  });

  it('of several goes on where it is while a member is left', () => {
    const model = modelOf(
      text.replace(
        'on: a, nics: { lan: 10.0.0.1, out: 192.0.2.2 }',
        'on: [a, b], nics: { lan: { shared: 10.0.0.1 }, out: { shared: 192.0.2.2 } }',
      ),
    );
    expect(modelWithout(model, ['a'])).toBe(model);
    expect(refugeWithout(model, ['a', 'b']).moved).toEqual(new Map([['one', 'c']]));
    expect(
      modelWithout(model, ['a', 'b'])
        .gateways.get('one')
        ?.members.map(({ host }) => host),
    ).toEqual(['c']);
  });
});
