import { expect, test } from 'vitest';
import { diagnostic } from '../../server/core/diagnostic.ts';
import { diagnosticText, diagnosticsText } from '../../server/core/diagnostic-text.ts';
import { quoted, visibleText } from '../../server/core/visible-text.ts';

const place = (line: number, column: number, file = 'shop.yaml') => ({ file, line, column });

test('one diagnostic, with everything it can have', () => {
  const each = diagnostic('unknown-key', place(2, 10), '`subnett` is no key of network `lan`.', {
    hint: 'did you mean `subnet`?',
    related: [{ ...place(1, 1), message: 'first written here' }],
  });
  expect(diagnosticsText([each], { sourceOf: () => 'networks:\n  lan: { subnett: 10.0.0.0/24 }\n' })).toBe(
    `shop.yaml:2:10: error[unknown-key]: Unknown key
  \`subnett\` is no key of network \`lan\`.
  2 |   lan: { subnett: 10.0.0.0/24 }
    |          ^
  hint: did you mean \`subnet\`?
  shop.yaml:1:1: first written here

1 error
`,
  );
});

test('nothing is said where nothing is wrong', () => {
  expect(diagnosticsText([])).toBe('');
});

test('a source that is not at hand is left out', () => {
  expect(diagnosticText(diagnostic('empty-file', place(1, 1), 'Nothing.'), undefined)).toBe(
    'shop.yaml:1:1: error[empty-file]: Empty topology file\n  Nothing.\n',
  );
});

test('colour is only added around what is shown', () => {
  const each = diagnostic('empty-file', place(1, 1), 'Nothing.');
  const plain = diagnosticText(each, 'x');
  const colored = diagnosticText(each, 'x', true);
  expect(colored).toContain('\u001b[31m');

  expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(plain);
});

test('the caret stands under the column whatever stands before it', () => {
  const caretColumn = (source: string, column: number): number => {
    const lines = diagnosticText(diagnostic('empty-file', place(1, column), 'x'), source).split('\n');
    return (lines[3] ?? '').indexOf('^') - '  1 | '.length;
  };
  expect(caretColumn('abcX', 4)).toBe(3);
  expect(caretColumn('\tX', 2)).toBe(1);
  expect(caretColumn('日本X', 3)).toBe(4);
  expect(caretColumn('\u001bX', 2)).toBe('\\x1b'.length);
  expect(caretColumn('e\u0301X', 3)).toBe(1);
});

test('of a long line only the part around the place is shown', () => {
  const source = `${'a'.repeat(500)}X${'b'.repeat(500_000)}`;
  const text = diagnosticText(diagnostic('empty-file', place(1, 501), 'x'), source);
  expect(text).toContain('aX');
  expect(text.length).toBeLessThan(400);
});

test('bytes that a terminal would obey are written out', () => {
  const hostile = 'a\u001b]0;x\u0007\u009b\u202eb\u0000\r\nc\ud800';
  const each = {
    ...diagnostic('empty-file', place(1, 1, hostile), hostile, { hint: hostile }),
    related: [{ ...place(1, 1, hostile), message: hostile }],
  };
  const text = diagnosticText(each, hostile);

  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  expect(text.isWellFormed()).toBe(true);
  expect(text.split('\n')).toHaveLength(7);
  expect(visibleText(hostile)).toBe('a\\x1b]0;x\\x07\\x9b\\u202eb\\x00\\x0d\\x0ac\\ud800');
  expect(visibleText(visibleText(hostile))).toBe(visibleText(hostile));
});

test('quoted text is short', () => {
  expect(quoted('web1')).toBe('`web1`');
  expect(quoted('x'.repeat(100))).toBe(`\`${'x'.repeat(60)}…\``);
  expect(quoted('😀'.repeat(50))).toBe(`\`${'😀'.repeat(50)}\``);
});
