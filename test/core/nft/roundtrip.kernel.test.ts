import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { changeTable } from '../../../server/core/nft/change.ts';
import type { ParsedTable } from '../../../server/core/nft/parse.ts';
import { parseTable } from '../../../server/core/nft/parse.ts';
import { renderTable } from '../../../server/core/nft/render.ts';
import type { Json } from '../../../server/core/json.ts';
import { scratchNamespaces } from '../../kernel/support/scratch.ts';
import { table } from './arbitrary.ts';

const scratch = scratchNamespaces();
afterAll(() => {
  scratch.remove();
});

const NAME = 'map-filter';

function listed(namespace: string): ParsedTable {
  const document = JSON.parse(scratch.run(namespace, ['nft', '-j', 'list', 'table', 'inet', NAME])) as {
    readonly nftables: readonly Record<string, Json>[];
  };
  return parseTable(document.nftables);
}

describe('tables in the kernel', () => {
  it('are listed as they were written, and so after every change', () => {
    const namespace = scratch.add('tl-nft-trip');
    fc.assert(
      fc.property(fc.array(table, { minLength: 2, maxLength: 4 }), (states) => {
        const [first, ...others] = states;
        if (first === undefined) return;
        scratch.run(namespace, ['nft', '-f', '-'], renderTable(NAME, first));
        try {
          let found = listed(namespace);
          expect(found).toEqual({ table: first, unknown: [] });
          for (const next of others) {
            scratch.run(namespace, ['nft', '-f', '-'], changeTable(NAME, found.table, next));
            found = listed(namespace);
            expect(found).toEqual({ table: next, unknown: [] });
            expect(changeTable(NAME, found.table, next)).toBe('');
          }
        } finally {
          scratch.run(namespace, ['nft', 'delete', 'table', 'inet', NAME]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
