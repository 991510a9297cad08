/** What others wrote stays text in every format, and each format is what it says it is. */
import { createRequire } from 'node:module';
import draft04 from 'ajv-draft-04';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { stateOf, withBaseline } from '../../server/audit/baseline.ts';
import { FORMATS } from '../../server/audit/formats/index.ts';
import { failsOn } from '../../server/audit/report.ts';
import { FINDING, HOSTILE, REPORT } from './report-case.ts';

const OPTIONS = { version: '1.2.3', folder: '/home/me/net' };
const EMPTY = { ...REPORT, findings: [], suppressed: [], ledger: [], notes: [] };

function as(format: string, report = REPORT): string {
  const write = FORMATS[format];
  if (write === undefined) throw new TypeError(`no format ${format}`);
  return write(report, OPTIONS);
}

test.each(Object.keys(FORMATS))('%s shows no control byte and turns no reading direction', (format) => {
  const shown = as(format);
  expect(shown).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/);
  // A document is for programs: it holds values as they are.
  if (format !== 'json') expect(shown).not.toContain('\u202e');
  expect(shown.length).toBeGreaterThan(as(format, EMPTY).length);
});

const ajv = new draft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile(
  createRequire(import.meta.url)('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json') as object,
);

function validSarif(log: unknown): unknown {
  return validate(log) ? null : validate.errors;
}

describe('sarif', () => {
  const log = JSON.parse(as('sarif')) as { runs: { results: Record<string, unknown>[] }[] };
  const results = log.runs[0]?.results ?? [];

  test('is valid by the schema of the format', () => {
    expect(validSarif(log)).toBeNull();
    expect(validSarif(JSON.parse(as('sarif', EMPTY)))).toBeNull();
  });

  test('has a result for each finding, and for each that is accepted with the reason', () => {
    expect(results.map(({ level, kind }) => [level, kind])).toEqual([
      ['error', 'fail'],
      ['none', 'informational'],
      ['error', 'fail'],
    ]);
    expect(results.map(({ suppressions }) => suppressions !== undefined)).toEqual([false, false, true]);
  });

  test('knows a finding again whatever its rule has for a handle', () => {
    const [before, another] = results.map(({ partialFingerprints }) => partialFingerprints);
    const moved = { ...FINDING, at: [{ stack: 'gw-x', object: 'handle 99', text: null, place: null }] };
    const after = JSON.parse(as('sarif', { ...REPORT, findings: [moved] })) as typeof log;
    expect(after.runs[0]?.results[0]?.['partialFingerprints']).toEqual(before);
    expect(another).not.toEqual(before);
  });
});

test('a cell is no formula, and a table has a line a row', () => {
  const lines = as('csv').trimEnd().split('\r\n');
  expect(lines).toHaveLength(1 + REPORT.ledger.length);
  expect(lines[1]).toMatch(/^"'=cmd/);
  expect(as('findings-csv').trimEnd().split('\r\n')).toHaveLength(1 + REPORT.findings.length);
});

test('a page has the tags that we wrote and no others, and asks nobody for anything', () => {
  const page = as('html');
  const tags = new Set([...page.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, name]) => name));
  const known =
    'html head meta title style body h1 h2 h3 p article span small ul li code div table thead tbody tr th td dl dt dd';
  expect([...tags].filter((name) => !known.split(' ').includes(name ?? ''))).toEqual([]);
  expect(page).not.toMatch(/(src|href)=/);
  expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
});

test('markdown of ours is all the markdown that there is', () => {
  const written = as('markdown');
  expect(written).not.toMatch(/<script|\[x\]|@all/);
  const rows = written.split('\n').filter((line) => line.startsWith('| '));
  for (const row of rows) expect(row.split('|').length - 2).toBeOneOf([4, 12]);
});

test('the document holds what the report holds', () => {
  const document = parse(as('json')) as Record<string, unknown>;
  expect(document).toMatchObject({ formatVersion: 1, taken: REPORT.taken, ledger: REPORT.ledger });
  expect(document['findings']).toMatchObject(REPORT.findings);
});

test('the table names each finding with where and an example', () => {
  const table = as('table');
  expect(table).toContain('NAT-003 high: ');
  expect(table).toContain('shop.yaml:41');
  expect(table).toContain('tcp [2001:db8::9]:40000 -> 203.0.113.7:443');
  expect(table).toContain('2 findings: 1 high, 1 info, 1 accepted.');
  expect(HOSTILE).toContain('\n');
});

test('a threshold means that bad or worse, and what is accepted does not count', () => {
  expect(failsOn(REPORT, 'high')).toBe(true);
  expect(failsOn(REPORT, 'critical')).toBe(false);
  expect(failsOn({ ...REPORT, findings: [] }, 'info')).toBe(false);
});

describe('beside a former report', () => {
  const gone = { ...FINDING, about: 'gone', summary: 'what was mended' };
  const before = { ...REPORT, subject: 'gw-x as recorded', findings: [FINDING, gone], suppressed: [] };
  const now = { ...REPORT, findings: [FINDING, { ...FINDING, about: 'fresh' }], suppressed: [] };
  const report = withBaseline(now, before);

  test('what is new, what stays and what is gone is told apart', () => {
    expect(report.findings.map((each) => stateOf(report, each))).toEqual(['unchanged', 'new']);
    expect(report.baseline?.absent).toEqual([gone]);
    expect(stateOf(now, FINDING)).toBeNull();
  });

  test('what two states differ in is in neither of them', () => {
    const differs = { ...FINDING, id: 'DIF-001', about: 'opened' } as const;
    expect(withBaseline(now, { ...before, findings: [differs] }).baseline?.absent).toEqual([]);
  });

  test('sarif says it as its format does, and is valid', () => {
    const log = JSON.parse(as('sarif', report)) as { runs: { results: { baselineState?: string }[] }[] };
    expect(log.runs[0]?.results.map(({ baselineState }) => baselineState)).toEqual(['unchanged', 'new', 'absent']);
    expect(validSarif(log)).toBeNull();
  });

  test.each(['table', 'markdown', 'html', 'findings-csv', 'json'])(
    '%s names what is new and what is gone',
    (format) => {
      const shown = as(format, report);
      expect(shown).toContain('what was mended');
      expect(shown).toMatch(/\bnew\b/);
      expect(as(format, now)).not.toMatch(/\bnew\b|unchanged|absent/);
    },
  );
});
