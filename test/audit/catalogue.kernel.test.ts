/** Each sort of finding, with what raises it and what does not, as the kernel holds and lists it (`cases.ts`). */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../server/audit/catalogue/index.ts';
import { casesOf, FOLDER, found } from './cases.ts';

test('every sort of finding has its cases, and every file of cases its finding', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(CATALOGUE.map(({ id }) => `${id}.yaml`).sort());
});

describe.each(CATALOGUE.map(({ id, name }) => ({ id, name })))('$id $name', ({ id }) => {
  test.each(casesOf(id).raises.map((each, index) => ({ ...each, number: index + 1 })))(
    'is raised $number',
    async ({ number: _number, ...each }) => {
      const abouts = await found(id, each);
      const wanted = each.about ?? [];
      expect(abouts.map((about, index) => matching(about, wanted[index]))).toEqual(wanted);
      expect(abouts.length).toBeGreaterThan(0);
    },
  );

  test.each(casesOf(id).silent.map((each, index) => ({ ...each, number: index + 1 })))(
    'is not raised $number',
    async ({ number: _number, ...each }) => {
      expect(await found(id, each)).toEqual([]);
    },
  );
});

function matching(about: string, wanted: string | undefined): string {
  return wanted?.endsWith('*') === true && about.startsWith(wanted.slice(0, -1)) ? wanted : about;
}
