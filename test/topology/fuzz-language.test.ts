/** Topologies that use all of the language: most are right, none depends on the order of its keys, all mean the same twice. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GraphDocument } from '../../server/flow/graph.ts';
import { graphDocument } from '../../server/model/graph.ts';
import type { CompiledFile } from '../../server/model/compile-file.ts';
import { withoutPlaces } from '../model/support/compile-text.ts';
import { checkAgain, checkText, FUZZ_LIMIT_MS, fuzzed, newTally, tallyText } from '../support/fuzz.ts';
import { languageTrees, reordered } from '../support/random-language.ts';

const codesOf = ({ diagnostics }: CompiledFile): readonly string[] =>
  [...new Set(diagnostics.map(({ code }) => code))].sort();

/** Every edge leads from one node to another one, and whatever is cut off is a node. */
function checkGraph({ nodes, edges }: GraphDocument): void {
  const ids = new Set(nodes.map(({ id }) => id));
  expect(ids.size).toBe(nodes.length);
  const named = [
    ...edges.flatMap(({ source, target }) => [source, target]),
    ...nodes.flatMap(({ singlePointOfFailure }) => singlePointOfFailure?.cutsOff ?? []),
  ];
  expect(named.filter((id) => !ids.has(id))).toEqual([]);
}

/** What is missing is told in the order of the file; all else has an order of its own. */
function meaningOf({ model }: CompiledFile): unknown {
  if (model === null) return null;
  const missing = model.missing.map(({ kind, what }) => `${kind}: ${what}`).sort();
  return withoutPlaces({ ...model, missing });
}

test(
  'topologies of the whole language',
  () => {
    const tally = newTally();
    fc.assert(
      fc.property(languageTrees, fc.nat(9), fc.nat(9), (tree, again, turns) => {
        const text = JSON.stringify(tree);
        const compiled = checkText(text);
        if (again === 0) checkAgain(text, compiled);
        if (again === 2 && compiled.model !== null) checkGraph(graphDocument(compiled.model));
        if (again % 3 === 1) {
          const turned = checkText(
            JSON.stringify(reordered(tree, (keys) => (turns % 2 === 0 ? [...keys].reverse() : rotated(keys, turns)))),
          );
          expect(codesOf(turned)).toEqual(codesOf(compiled));
          expect(meaningOf(turned)).toEqual(meaningOf(compiled));
        }
        tally.cases += 1;
        if (compiled.model !== null) tally.compiled += 1;
      }),
      fuzzed(15),
    );
    console.log(tallyText('topologies of the whole language', tally));
    expect(tally.compiled / tally.cases).toBeGreaterThan(0.2);
  },
  FUZZ_LIMIT_MS,
);

function rotated(keys: readonly string[], by: number): readonly string[] {
  const at = keys.length === 0 ? 0 : by % keys.length;
  return [...keys.slice(at), ...keys.slice(0, at)];
}
