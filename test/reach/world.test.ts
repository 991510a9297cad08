/** The World of the shipped topologies: everybody who is named is there, and every wire leads somewhere. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileFile } from '../../server/model/compile-file.ts';
import { wantedWorld } from '../../server/run/worlds.ts';
import { FOLDER, SHIPPED } from '../support/shipped.ts';
import { modelOf, smallOffice } from '../support/topologies.ts';

describe.each(SHIPPED)('%s', (name) => {
  it('is whole', async () => {
    const { model } = await compileFile(join(FOLDER, name, `${name}.yaml`));
    if (model === null) throw new Error('it does not compile');
    const world = wantedWorld(model);
    expect([...world.nodes.keys()]).toEqual(expect.arrayContaining([...model.hosts.keys(), ...model.guests.keys()]));
    expect(world.wires.filter(({ open }) => open)).toEqual([]);
    const ends = world.wires.flatMap((wire) => wire.ends.map(({ stack, device }) => `${stack} ${device}`));
    expect(new Set(ends).size).toBe(ends.length);
    for (const guest of model.guests.values()) {
      const stack = world.stacks.get(guest.name);
      expect([...(stack?.interfaces.keys() ?? [])]).toHaveLength(guest.nics.length + 1);
    }
  });
});

describe('a lost host', () => {
  it('takes its guests, and what hangs on its bridges, with it', () => {
    const model = modelOf(smallOffice());
    const world = wantedWorld(model, { without: ['here'] });
    expect([...world.stacks.keys()]).toEqual(['internet']);
    expect(world.wires.map(({ ends }) => ends)).toEqual([[{ stack: 'internet', device: 'wan', tag: null }]]);
  });
});

describe('a cluster', () => {
  const text = `
topology: pair
networks:
  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  lan: { subnet: 10.1.1.0/24 }
hosts:
  x: { access: ssh://root@x.example.net, bridges: { b0: { ports: [eno1], networks: [wan] }, b1: { ports: [{ eno2: { fabric: in } }], networks: [lan] } } }
  y: { access: ssh://root@y.example.net, bridges: { b0: { ports: [eno1], networks: [wan] }, b1: { ports: [{ eno2: { fabric: in } }], networks: [lan] } } }
guests:
  a: { on: x, nics: { lan: 10.1.1.10 } }
gateways:
  gw:
    on: [x, y]
    runs: netns
    nics: { wan: { shared: 192.0.2.10 }, lan: { shared: 10.1.1.1 } }
    nat: { masquerade: [lan -> wan] }
`;
  const sharedOn = (member: string, without: readonly string[]): readonly string[] => {
    const world = wantedWorld(modelOf(text), { without });
    const stack = world.stacks.get(world.nodes.get(member) ?? '');
    return [...(stack?.interfaces.values() ?? [])]
      .flatMap(({ addresses }) => addresses)
      .filter((each) => /^(10\.1\.1\.1|192\.0\.2\.10)\//.test(each))
      .sort();
  };
  it('has what it shares on the first member that is up, with the way out', () => {
    const both = ['10.1.1.1/24', '192.0.2.10/24'];
    expect([sharedOn('gw@x', []), sharedOn('gw@y', [])]).toEqual([both, []]);
    expect([sharedOn('gw@x', ['x']), sharedOn('gw@y', ['x'])]).toEqual([[], both]);
    const world = wantedWorld(modelOf(text), { without: ['x'] });
    const routes = world.stacks.get(world.nodes.get('gw@y') ?? '')?.routes ?? [];
    expect(routes.filter(({ to, table }) => to === '0.0.0.0/0' && table === 'main')).toHaveLength(1);
    expect(routes.some(({ to, table }) => to === '10.1.1.0/24' && table === 'main')).toBe(true);
  });
});
