/** Diagnostics as SARIF: valid by the schema of the format, and with the places that the diagnostics have. */
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import draft04 from 'ajv-draft-04';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { CODES } from '../../server/core/codes.ts';
import type { DiagnosticCode } from '../../server/core/codes.ts';
import { diagnostic } from '../../server/core/diagnostic.ts';
import { sarifOf } from '../../server/core/sarif.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { judgeExpectations } from '../../server/run/expectations.ts';

const SCHEMA = '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json';
// A pattern of the schema is no regular expression under the `u` flag.
const ajv = new draft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile(createRequire(import.meta.url)(SCHEMA) as object);

function errorsOf(log: unknown): unknown {
  // As written and read again: what is not there in JSON is not there for anybody.
  return validate(JSON.parse(JSON.stringify(log))) ? null : validate.errors;
}

const OPTIONS = { version: '1.2.3', folder: '/home/me/net' };
const at = (file: string) => ({ file, line: 4, column: 7 });
const uriOf = (file: string): string | undefined =>
  sarifOf([diagnostic('unused', at(file), 'x')], OPTIONS).runs[0]?.results?.[0]?.locations?.[0]?.physicalLocation
    ?.artifactLocation?.uri;

describe('the schema of the format', () => {
  const folder = join(import.meta.dirname, '../rejects');
  const inputs = readdirSync(folder).filter((name) => /\.(yaml|json)$/.test(name));

  test.each(inputs)('accepts what is told about %s', (name) => {
    const compiled = compileText({ file: name, text: readFileSync(join(folder, name), 'utf8') });
    const judged = compiled.model === null ? [] : judgeExpectations(compiled.model).diagnostics;
    const diagnostics = [...compiled.diagnostics, ...judged];
    expect(diagnostics.length).toBeGreaterThan(0);
    const log = sarifOf(diagnostics, OPTIONS);
    expect(errorsOf(log)).toBeNull();
    expect(log.runs[0]?.results).toHaveLength(diagnostics.length);
  });

  test('accepts a run without results, and refuses a wrong one', () => {
    expect(errorsOf(sarifOf([], OPTIONS))).toBeNull();
    const log = sarifOf([diagnostic('unused', { file: 'x', line: 0, column: 1 }, 'x')], OPTIONS);
    expect(errorsOf(log)).not.toBeNull();
  });
});

test('every code is a rule, with its level', () => {
  const rules = sarifOf([], OPTIONS).runs[0]?.tool.driver.rules ?? [];
  expect(rules.map(({ id }) => id)).toEqual(Object.keys(CODES));
  for (const rule of rules) {
    const { severity, summary } = CODES[rule.id as DiagnosticCode];
    expect(rule).toMatchObject({ shortDescription: { text: summary }, defaultConfiguration: { level: severity } });
  }
});

test('a diagnostic is a result with its rule, place, hint and related places', () => {
  const found = diagnostic('address-twice', at('sites/shop.yaml'), '`10.0.0.1` is used twice.', {
    hint: 'choose another one',
    related: [{ file: 'sites/part.yaml', line: 2, column: 1, message: 'first used here' }],
  });
  const run = sarifOf([found], OPTIONS).runs[0];
  const result = run?.results?.[0];
  expect(run?.tool.driver.rules?.[result?.ruleIndex ?? -1]?.id).toBe('address-twice');
  expect(result).toMatchObject({
    ruleId: 'address-twice',
    level: 'error',
    message: { text: 'Address used twice. `10.0.0.1` is used twice.\nHint: choose another one' },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'sites/shop.yaml', uriBaseId: '%SRCROOT%' },
          region: { startLine: 4, startColumn: 7 },
        },
      },
    ],
    relatedLocations: [
      { id: 1, message: { text: 'first used here' }, physicalLocation: { region: { startLine: 2, startColumn: 1 } } },
    ],
  });
});

test.each([
  ['shop.yaml', 'shop.yaml'],
  ['./a/../shop.yaml', 'shop.yaml'],
  ['/home/me/net/deep/shop.yaml', 'deep/shop.yaml'],
  ['../other/shop.yaml', 'file:///home/me/other/shop.yaml'],
  ['/home/me/network/shop.yaml', 'file:///home/me/network/shop.yaml'],
  ['/etc/shop.yaml', 'file:///etc/shop.yaml'],
  ['my net #1?.yaml', 'my%20net%20%231%3F.yaml'],
  ['stdin', 'stdin'],
])('the path %s becomes %s', (file, uri) => {
  expect(uriOf(file)).toBe(uri);
});

test('what a file says becomes neither a placeholder, nor a link, nor an escape', () => {
  const hostile = diagnostic('unknown-key', at('x.yaml'), '${n} {0} [click](javascript:alert(1)) [a] \u001b[31m\u202e');
  const log = sarifOf([hostile], OPTIONS);
  expect(errorsOf(log)).toBeNull();
  expect(log.runs[0]?.results?.[0]?.message.text).toBe(
    'Unknown key. ${{n}} {{0}} \\[click](javascript:alert(1)) [a] \\x1b[31m\\u202e',
  );
});
