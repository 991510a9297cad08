import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Mark } from '../../web/map/overlay.ts';
import { marksOfPlan } from '../../web/modes/plan/marks.ts';
import { modelOf } from '../model/support/compile-text.ts';
import type { Pair } from './pairs.ts';
import { planned } from './pairs.ts';

const shipped = (name: string): string =>
  readFileSync(join(import.meta.dirname, `../../topologies/${name}/${name}.yaml`), 'utf8').replace(/\nexpect:.*/s, '');
const OFFICE = shipped('office');
const MAIL = '  mail:  { on: server, nics: { lan: 10.20.0.11 }, listens: [25/tcp, 143/tcp] }\n';

/** What a text of the same topology comes to, from hosts that are as `before` wants them. */
const change = (before: string | null, after: string): Pair =>
  planned(before === null ? null : modelOf(before), modelOf(after));

function marked({ plan, graph }: Pair): {
  readonly marks: Readonly<Record<string, Mark>>;
  readonly gone: readonly string[];
} {
  const { marks, gone } = marksOfPlan(plan, graph);
  return { marks: Object.fromEntries([...marks].toSorted()), gone: gone.map(({ title }) => title) };
}

describe('what a plan does, on the map', () => {
  it('is nothing where there is nothing to change', () => {
    expect(marked(change(OFFICE, OFFICE))).toEqual({ marks: {}, gone: [] });
  });

  it.each(['office', 'overlay', 'app-vlans'])('makes everything of %s new on bare hosts', (name) => {
    const pair = change(null, shipped(name));
    const { marks } = marked(pair);
    for (const { id, kind } of pair.graph.nodes) {
      if (kind === 'guest' || kind === 'gateway' || kind === 'bridge') expect([id, marks[id]]).toEqual([id, 'added']);
    }
    for (const { id, kind } of pair.graph.edges) {
      if (['attached', 'carries', 'member', 'tunnel'].includes(kind)) expect([id, marks[id]]).toEqual([id, 'added']);
    }
  });

  it('shows a further guest with its ends, and nothing else', () => {
    const more = OFFICE.replace(
      MAIL,
      `${MAIL}  news: { on: server, nics: { lan: { address: 10.20.0.12, default: true }, lab: 10.20.9.12 } }\n`,
    );
    const { marks, gone } = marked(change(OFFICE, more));
    const added = Object.keys(marks).filter((id) => marks[id] === 'added');
    expect(added).toEqual([
      'attached:guest:news - bridge:server/br-lab on lab',
      'attached:guest:news - bridge:server/br-lan on lan',
      'guest:news',
      'member:guest:news - network:lab on lab',
      'member:guest:news - network:lan on lan',
    ]);
    expect([marks['host:server'], marks['guest:web'], gone]).toEqual([undefined, undefined, []]);
  });

  it('shows one that hangs on another network as well as changed, and only the new line as new', () => {
    const more = OFFICE.replace(
      'nics: { lab: 10.20.9.10 }',
      'nics: { lab: { address: 10.20.9.10, default: true }, lan: 10.20.0.13 }',
    );
    const { marks } = marked(change(OFFICE, more));
    expect([marks['guest:bench'], marks['attached:guest:bench - bridge:server/br-lan on lan']]).toEqual([
      'changed',
      'added',
    ]);
    expect(marks['attached:guest:bench - bridge:server/br-lab on lab']).toBeUndefined();
  });

  it('lists what the map no longer has, by its title', () => {
    const less = OFFICE.replace(MAIL, '').replace(/ *- \{ listen: 192.*\n/, '');
    const { marks, gone } = marked(change(OFFICE, less));
    expect(gone).toEqual([expect.stringMatching(/^veth pmail-\w+ \(port of br-lan\) to mail-\w+$/)]);
    expect(Object.values(marks)).not.toContain('added');
    expect(marks['gateway:gw']).toBeDefined();
  });

  it('tells what is interrupted from what only changes', () => {
    const other = OFFICE.replace('lab: { address: 10.20.9.1 }', 'lab: { address: 10.20.9.2 }');
    const { marks } = marked(change(OFFICE, other));
    expect(marks['gateway:gw']).toBe('interrupted');
    expect(marks['member:gateway:gw - network:lab on lab']).toBe('interrupted');
    const rule = OFFICE.replace(
      '{ allow: 22/tcp, from: desk, to: gw }',
      '{ allow: [22/tcp, 80/tcp], from: desk, to: gw }',
    );
    expect(marked(change(OFFICE, rule)).marks['gateway:gw']).toBe('changed');
    expect(marked(change(OFFICE, rule)).marks['guest:desk']).toBeUndefined();
  });

  it('knows a guest with a long name by its interface', () => {
    const long = (name: string): string =>
      OFFICE.replace(MAIL, `${MAIL}  ${name}: { on: server, nics: { lan: 10.20.0.12 } }\n`);
    const { marks } = marked(change(OFFICE, long('a-guest-with-a-very-long-name')));
    expect(marks['guest:a-guest-with-a-very-long-name']).toBe('added');
  });

  it('says something on the map, or beside it, of every interface, namespace and bridge of a plan', () => {
    for (const [before, after] of [
      [null, OFFICE],
      [OFFICE, OFFICE.replace(MAIL, '').replace(/ *- \{ listen: 192.*\n/, '')],
      [null, shipped('overlay')],
      [null, shipped('app-vlans')],
    ] as const) {
      const { plan, graph } = change(before, after);
      const making = plan.hosts.flatMap(({ host, steps }) =>
        steps
          .filter(({ first, kind }) => first && ['bridge', 'netns', 'veth', 'vlan', 'vxlan', 'bond'].includes(kind))
          .map((step) => ({ host, step })),
      );
      expect(making.length).toBeGreaterThan(0);
      for (const { host, step } of making) {
        const alone = { ...plan, hosts: [{ ...plan.hosts[0], host, steps: [step] }] } as typeof plan;
        const { marks, gone } = marksOfPlan(alone, graph);
        expect([step.title, marks.size + gone.length > 0]).toEqual([step.title, true]);
      }
    }
  });
});
