/** What a change opens for who sends the packet: two gateways in a row, of which the one or the other or both change. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trafficLines } from '../../server/run/reports/traffic.ts';
import type { Reachability } from '../../server/flow/reachability.ts';
import type { NetworkStack, World } from '../../server/flow/world.ts';
import { changesOf } from '../../server/reach/changes/changes.ts';
import { namesOf } from '../../server/reach/changes/names.ts';
import { manyPlan } from '../../server/run/questions.ts';
import { wantedWorld } from '../../server/run/worlds.ts';
import { modelOf } from '../model/support/compile-text.ts';

const FILE = readFileSync(join(import.meta.dirname, '../lab/gateways-in-a-row.yaml'), 'utf8').replace(
  /\nexpect:.*/s,
  '',
);
const LINE = '  - { allow: 80/tcp, from: client, to: web }\n';
const WITHOUT = FILE.replace(LINE, '');
const [NEAR, FAR] = ['one/gateways-in-a-row-near', 'one/gateways-in-a-row-far'];

function worldOf(text: string): World {
  const model = modelOf(text);
  return wantedWorld(model, { plan: manyPlan(model) });
}

/** The second state has these stacks as the second text wants them, all else as the first does. */
function change(before: string, after: string, which: readonly string[]): Reachability {
  const [was, wanted] = [worldOf(before), worldOf(after)];
  const stacks = new Map(
    [...was.stacks].map(([id, each]) => [id, which.includes(id) ? (wanted.stacks.get(id) ?? each) : each]),
  );
  const worlds = { before: was, after: { ...was, stacks } };
  const changes = [...was.stacks].map(([id, each]): { before: NetworkStack; after: NetworkStack } => ({
    before: each,
    after: stacks.get(id) ?? each,
  }));
  return changesOf(changes, namesOf(modelOf(after)), worlds);
}

const said = (found: Reachability): readonly string[] =>
  trafficLines(found, true)
    .slice(1)
    .map((line) => line.trim().replace(/inet \S+ /g, ''));

describe('two gateways in a row', () => {
  it('open together what neither opens alone', () => {
    const { opened, closed } = change(WITHOUT, FILE, [NEAR, FAR]);
    expect(closed).toEqual([]);
    const [pc, ...more] = opened.filter(({ whole }) => whole?.from === 'pc' && whole.destination === '10.2.0.10');
    expect([pc?.whole?.outcome, pc?.whole?.at]).toEqual(['as-told', 'web']);
    expect(new Set([pc, ...more].map((each) => each?.via))).toEqual(new Set(['near', 'far']));
  });
  it.each([
    [NEAR, 'far@one'],
    [FAR, 'near@one'],
  ])('with %s alone changed it is still refused', (changed, refuses) => {
    const { opened } = change(WITHOUT, FILE, [changed]);
    const pc = opened.filter(({ whole }) => whole?.from === 'pc');
    expect(pc.length).toBeGreaterThan(0);
    expect(pc.map(({ whole }) => [whole?.outcome, whole?.at])).toEqual(pc.map(() => ['refused-elsewhere', refuses]));
    expect(said({ opened: pc, closed: [], transient: [], notes: [] })[0]).toMatch(
      new RegExp(`^opens 80/tcp from .*; not yet for who sends it \\(pc to .* port 80\\): dropped by ${refuses}`),
    );
  });
  it('closes for who sends it, where one of them closes', () => {
    const { closed } = change(FILE, WITHOUT, [FAR]);
    const pc = closed.filter(({ whole }) => whole?.from === 'pc');
    expect(pc.map(({ whole }) => [whole?.outcome, whole?.before, whole?.after])).toEqual(
      pc.map(() => ['as-told', 'delivered', 'dropped']),
    );
    expect(pc.length).toBeGreaterThan(0);
  });
  it('follows what is published from outside to its target', () => {
    const more = FILE.replace('publish: [443/tcp -> web]', 'publish: [443/tcp -> web, 8080/tcp -> web:80]');
    const { opened } = change(FILE, more, [FAR]);
    const outside = opened.filter(({ whole }) => whole?.from === 'internet');
    expect(outside.map(({ whole }) => [whole?.outcome, whole?.destination, whole?.destinationPort, whole?.at])).toEqual(
      [['as-told', '192.0.2.2', 8080, 'web']],
    );
  });
  it('says of what no provider routes that only a neighbour gets there', () => {
    const more = FILE.replace(LINE, `${LINE}  - { allow: 22/tcp, from: internet, to: 10.2.0.10 }\n`);
    const { opened } = change(FILE, more, [FAR]);
    expect(opened.map(({ whole }) => [whole?.outcome, whole?.straight, whole?.at])).toEqual([['as-told', true, 'web']]);
    expect(said({ opened, closed: [], transient: [], notes: [] })[0]).toContain('no provider routes it');
  });
});
