/** The matrix of a gateway that publishes more ports than anybody reads: some of each guest stand for the others, and it says so. */
import { expect, test } from 'vitest';
import { compileText } from '../../server/model/compile-file.ts';
import { inTurns } from '../../server/run/in-turns.ts';
import { policyOf } from '../../server/run/policy.ts';
import type { Policy } from '../../server/run/policy-shapes.ts';
import { publishingText } from '../web/mappings.ts';

function policy(mappings: number): Policy {
  const { model, diagnostics } = compileText({ file: 'many.yaml', text: publishingText(mappings, 2) });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return policyOf(model);
}

test('more published ports change neither what is open nor how much is told of it', { timeout: 120_000 }, () => {
  const [few, many] = [policy(40), policy(160)];
  const verdicts = ({ cells }: Policy): readonly string[] =>
    cells.map(({ from, to, verdict }) => `${from} ${to} ${verdict}`);
  expect(verdicts(many)).toEqual(verdicts(few));
  expect(few.notes).toEqual([]);
  expect(many.notes).toEqual(['120 of the published ports were not followed: 20 of each guest stand for the others']);
  const fromOutside = many.cells.find(({ from, to }) => from === 'internet' && to === 'network:app');
  expect(fromOutside?.flows.every(({ state, by }) => state === 'yes' && by.some(({ place }) => place !== null))).toBe(
    true,
  );
  expect(fromOutside?.flows.flatMap(({ to }) => to.names)).toEqual(expect.arrayContaining(['srv0', 'srv1']));
  expect(JSON.stringify(many).length).toBeLessThan(1.2 * JSON.stringify(few).length);
});

test('each group is asked once whatever it costs, and again as long as it is not too much', () => {
  const ask = (one: string) => ({ one, cost: 10 });
  const groups = [['a1', 'a2', 'a3'], ['b1'], ['c1', 'c2']];
  const asked = (most: number) => {
    const { answers, left } = inTurns(groups, most, ask);
    return [answers.map(({ one }) => one).join(' '), left];
  };
  expect(asked(1)).toEqual(['a1 b1 c1', 3]);
  expect(asked(35)).toEqual(['a1 a2 b1 c1', 2]);
  expect(asked(50)).toEqual(['a1 a2 b1 c1 c2', 1]);
  expect(asked(1000)).toEqual(['a1 a2 a3 b1 c1 c2', 0]);
  expect(inTurns([], 10, ask)).toEqual({ answers: [], left: 0 });
});
