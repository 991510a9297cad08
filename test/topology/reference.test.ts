/** The page that lists every key and every diagnostic is the one that the schemas make. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { readSuppressions } from '../../server/audit/suppressions.ts';
import { CODES } from '../../server/core/codes.ts';
import { referencePage } from '../../server/topology/json-schema/reference.ts';

const PAGE = join(import.meta.dirname, '../../topologies/REFERENCE.md');
const REJECTS = join(import.meta.dirname, '../rejects');

test('the page is up to date (UPDATE_REFERENCE=1 writes it)', () => {
  if (process.env['UPDATE_REFERENCE'] === '1') writeFileSync(PAGE, referencePage());
  expect(readFileSync(PAGE, 'utf8')).toBe(referencePage());
});

test('it is laid out as every page here', async () => {
  const config = { ...(await resolveConfig(PAGE)), embeddedLanguageFormatting: 'off' as const };
  expect(await format(referencePage(), { ...config, filepath: PAGE })).toBe(referencePage());
});

test('the file of accepted findings that it shows can be read', () => {
  const section = referencePage().split('\n## Accepted findings\n')[1]?.split('\n## ')[0] ?? '';
  const [, example = ''] = /```yaml\n([^]*?)```/.exec(section) ?? [];
  const keys = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, key]) => key);
  const [read, ...more] = readSuppressions('office.accepted.yaml', example);
  expect(more).toEqual([]);
  expect(Object.keys(read ?? {}).sort()).toEqual(keys.sort());
});

test('codes, page and rejected files name the same diagnostics', () => {
  const section = referencePage().split('\n## Diagnostics\n')[1] ?? '';
  const onPage = [...section.matchAll(/^\| `([a-z0-9-]+)` +\| (error|warning) /gm)].map(
    ([, code, severity]) => `${severity ?? ''}[${code ?? ''}]`,
  );
  const inTable = Object.entries(CODES).map(([code, { severity }]) => `${severity}[${code}]`);
  expect(onPage).toEqual(inTable);
  const told = readdirSync(REJECTS)
    .filter((name) => name.endsWith('.txt'))
    .flatMap((name) =>
      [...readFileSync(join(REJECTS, name), 'utf8').matchAll(/^\S.*?: ((?:error|warning)\[[a-z0-9-]+\]): /gm)].map(
        ([, each]) => each ?? '',
      ),
    );
  expect([...new Set(told)].sort()).toEqual([...onPage].sort());
});

test('every link of its contents leads to a heading', () => {
  const page = referencePage();
  const anchors = new Set(
    [...page.matchAll(/^## (.*)$/gm)].map(([, title]) =>
      (title ?? '').replaceAll('`', '').toLowerCase().replaceAll(' ', '-'),
    ),
  );
  const links = [...page.matchAll(/^- \[.*?\]\(#([^)]+)\)$/gm)].map(([, anchor]) => anchor ?? '');
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((anchor) => !anchors.has(anchor))).toEqual([]);
});
