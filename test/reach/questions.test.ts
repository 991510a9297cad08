/** "Who can reach it" and "what can it reach", by sets, against one packet after the other. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import { compileFile } from '../../server/model/compile-file.ts';
import type { Row } from '../../server/reach/questions/row.ts';
import { askMany, manyPlan } from '../../server/run/questions.ts';
import { wantedWorld } from '../../server/run/worlds.ts';
import { matrix } from '../support/matrix.ts';
import { contradictions } from '../support/questions.ts';
import { FOLDER, SHIPPED, lifeOf } from '../support/shipped.ts';

const LABS = join(import.meta.dirname, '../lab');

const FILES: readonly (readonly [name: string, file: string, set: Readonly<Record<string, string>>])[] = [
  ...SHIPPED.map((name) => [name, join(FOLDER, name, `${name}.yaml`), lifeOf(name).set] as const),
  ...['two-gateways', 'one-to-one', 'gateways-in-a-row', 'apart', 'realms', 'two-uplinks', 'borrowed'].map(
    (name) => [name, join(LABS, `${name}.yaml`), {}] as const,
  ),
  ['host-gateway', join(import.meta.dirname, '../support/host-gateway.yaml'), {}],
];

/** As many as a second or two answers. */
const MOST = 300;

describe.each(FILES)('%s', (_name, file, set) => {
  it('answers for everybody as single packets do', async () => {
    const model = await modelOf(file, set);
    const plan = manyPlan(model);
    const world = wantedWorld(model, { plan });
    const all = matrix(model, world, plan, MOST, 11);
    const senders = [...new Set(all.map(({ probe }) => probe.from.node))];
    const rows = senders.flatMap((from): readonly Row[] => askMany(model, world, { from, to: null }).rows);
    expect(contradictions(rows, all, world)).toEqual([]);
    // The other way round: who can reach each of those that somebody gets to.
    const ends = [...new Set(all.flatMap(({ reach }) => reach.arrived?.node ?? []))].slice(0, 12);
    for (const name of ends) {
      const to = askMany(model, world, { from: null, to: { name, service: null } }).rows;
      const meant = all.filter(({ reach }) => reach.arrived?.node === name);
      expect(contradictions(to, meant, world)).toEqual([]);
    }
  });
});

async function modelOf(file: string, set: Readonly<Record<string, string>>): Promise<Model> {
  const { model } = await compileFile(file, { set: new Map(Object.entries(set)) });
  if (model === null) throw new Error(`${file} is not right`);
  return model;
}
