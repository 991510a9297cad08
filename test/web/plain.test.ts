import { expect, test } from 'vitest';
import { plainText } from '../../server/core/plain-text.ts';

test('what would hide or turn text round is shown as a replacement character', () => {
  expect(plainText('web\u202e1\u2066\u0000\n\u200b\ufeff')).toBe(`web\ufffd1${'\ufffd'.repeat(5)}`);
});

test('everything else stays, markup and other scripts included', () => {
  const text = '<b>web</b> & "1" сеть 網路 شبكة 😀';
  expect(plainText(text)).toBe(text);
});
