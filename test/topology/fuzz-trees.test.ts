/** Trees that the schema allows, or nearly: every key of the language with all sorts of values, in any combination. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { checkAgain, checkText, FUZZ_LIMIT_MS, fuzzed, newTally, tallyText } from '../support/fuzz.ts';
import { keysOfSchema, schemaTrees } from '../support/schema-tree.ts';

test(
  'trees from the schema',
  () => {
    const tally = newTally();
    const unmet = new Set(keysOfSchema());
    fc.assert(
      fc.property(schemaTrees, fc.nat(9), (tree, again) => {
        const text = again % 2 === 0 ? stringify(tree) : JSON.stringify(tree);
        const compiled = checkText(text);
        if (again === 0) checkAgain(text, compiled);
        for (const key of unmet) if (text.includes(key)) unmet.delete(key);
        tally.cases += 1;
        if (compiled.model !== null) tally.compiled += 1;
      }),
      fuzzed(35),
    );
    console.log(tallyText('trees from the schema', tally));
    // Fewer cases need not meet every key.
    if (tally.cases >= 5000) expect([...unmet]).toEqual([]);
    expect(tally.compiled / tally.cases).toBeGreaterThan(0.2);
  },
  FUZZ_LIMIT_MS,
);
