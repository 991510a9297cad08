import { describe, expect, test } from 'vitest';
import type { Value } from '../../server/topology/expression/value.ts';
import { NAMES, workOut } from './support/work-out.ts';

describe('values', () => {
  test.each<[string, Value]>([
    ['${1}', 1],
    ['${ n }', 3],
    ['${1 + 2 * 3}', 7],
    ['${(1 + 2) * 3}', 9],
    ['${10 - 2 - 3}', 5],
    ['${100 / 10 / 5}', 2],
    ['${7 / 2}', 3],
    ['${-7 / 2}', -3],
    ['${-7 % 2}', -1],
    ['${7 % -2}', 1],
    ['${big / 2}', 4503599627370495],
    ['${-big / big}', -1],
    ['${0 * -1}', 0],
    ['${-zero}', 0],
    ['${- - -n}', -3],
    ['${!!yes}', true],
    ['${1 < 2 == true}', true],
    ['${1 <= 1 && 2 >= 3 || 1 > 0}', true],
    ['${yes || no && no}', true],
    ["${n != 3 ? 'a' : n == 3 ? 'b' : 'c'}", 'b'],
    ["${'a' + 'b' + 1}", 'ab1'],
    ["${1 + 2 + 'a' + 1 + 2}", '3a12'],
    ['${\'it\' == "it"}', true],
    ["${'}'}", '}'],
    ['${true}', true],
    ['${n}${n}', '33'],
    ['a-${n}', 'a-3'],
    ['${yes} ', 'true '],
    ['', ''],
    ['$${n}', '${n}'],
    ['$$${n}', '$${n}'],
    ['${n}$${n}', '3${n}'],
    ['5$ and $n and {n}', '5$ and $n and {n}'],
    ["${subnet('10.8.0.0/13', 24, 2)}", '10.8.2.0/24'],
    ["${subnet('10.8.0.0/13', 13, 0)}", '10.8.0.0/13'],
    ["${subnet('10.8.0.0/13', 24, 2047)}", '10.15.255.0/24'],
    ["${subnet('0.0.0.0/0', 32, 4294967295)}", '255.255.255.255/32'],
    ["${subnet('2001:db8::/32', 64, 65536)}", '2001:db8:1::/64'],
    ["${address('10.8.2.0/24', 1)}", '10.8.2.1'],
    ["${address('10.8.2.0/24', -1)}", '10.8.2.255'],
    ["${address('10.8.2.0/24', -256)}", '10.8.2.0'],
    ["${address('2001:db8::/64', 17)}", '2001:db8::11'],
    ["${address('2001:db8::/64', -1)}", '2001:db8::ffff:ffff:ffff:ffff'],
    ["${address(subnet('10.0.0.0/8', 24, n), 10)}", '10.0.3.10'],
    ['${min(4, n, 9)}', 3],
    ['${max(4)}', 4],
    ['${pad(n, 3)}', '003'],
    ['${pad(1234, 3)}', '1234'],
  ])('%s is %j', (text, value) => {
    expect(workOut(text)).toEqual({ value });
  });

  // What is not needed need not have a value.
  test.each<[string, Value]>([
    ['${yes || 1 / 0 == 0}', true],
    ['${no && 1 / 0 == 0}', false],
    ['${yes ? 1 : 1 / 0}', 1],
    ['${no ? 1 / zero : 2}', 2],
  ])('%s stops at what decides', (text, value) => {
    expect(workOut(text)).toEqual({ value });
  });
});

describe('no value', () => {
  test.each<[string, string, number]>([
    // what does not follow the grammar
    ['${', 'invalid-expression', 0],
    ['a ${n', 'invalid-expression', 2],
    ['${}', 'invalid-expression', 2],
    ['${1 +}', 'invalid-expression', 5],
    ['${1 2}', 'invalid-expression', 4],
    ['${(1}', 'invalid-expression', 4],
    ['${1)}', 'invalid-expression', 3],
    ["${'a}", 'invalid-expression', 2],
    ['${007}', 'invalid-expression', 2],
    ['${3n}', 'invalid-expression', 2],
    ['${1.5}', 'invalid-expression', 3],
    ['${9007199254740992}', 'invalid-expression', 2],
    ['${n = 3}', 'invalid-expression', 4],
    ['${n ? 1}', 'invalid-expression', 7],
    ['${n.toString}', 'invalid-expression', 3],
    ['${n[0]}', 'invalid-expression', 3],
    ['${`n`}', 'invalid-expression', 2],
    ['${constructor()}', 'invalid-expression', 2],
    ['${subnet(1)}', 'invalid-expression', 2],
    ['${subnet}', 'unknown-variable', 2],
    ['${1 +\u00a0$}', 'invalid-expression', 6],
    // what does not evaluate
    ['${m}', 'unknown-variable', 2],
    ['${1 + __proto__}', 'unknown-variable', 6],
    ['${toString}', 'unknown-variable', 2],
    ['${1 / 0}', 'expression-fails', 4],
    ['${n % zero}', 'expression-fails', 4],
    ['${big + 1}', 'expression-fails', 6],
    ['${-big - 1}', 'expression-fails', 7],
    ['${big * big}', 'expression-fails', 6],
    ['${yes + 1}', 'expression-fails', 6],
    ["${'a' * 2}", 'expression-fails', 6],
    ["${'a' < 'b'}", 'expression-fails', 6],
    ['${1 < 2 < 3}', 'expression-fails', 8],
    ["${1 == '1'}", 'expression-fails', 4],
    ['${!n}', 'expression-fails', 2],
    ['${-site}', 'expression-fails', 2],
    ['${n && yes}', 'expression-fails', 4],
    ['${yes && n}', 'expression-fails', 6],
    ['${n ? 1 : 2}', 'expression-fails', 4],
    ["x ${subnet('10.8.0.0/13', 24, 2048)}", 'expression-fails', 30],
    ["${subnet('10.8.0.0/13', 24, -1)}", 'expression-fails', 28],
    ["${subnet('10.8.0.0/13', 33, 0)}", 'expression-fails', 24],
    ["${subnet('10.8.0.0/13', 12, 0)}", 'expression-fails', 24],
    ["${subnet('10.8.0.1/13', 24, 0)}", 'expression-fails', 9],
    ["${subnet('10.8.0.0', 24, 0)}", 'expression-fails', 9],
    ['${subnet(n, 24, 0)}', 'expression-fails', 9],
    ["${address('10.0.0.0/30', 4)}", 'expression-fails', 25],
    ["${address('10.0.0.0/30', -5)}", 'expression-fails', 25],
    ['${pad(-1, 3)}', 'expression-fails', 6],
    ['${pad(1, 21)}', 'expression-fails', 9],
    ['${max(1, yes)}', 'expression-fails', 9],
  ])('%s: %s at %i', (text, code, offset) => {
    expect(workOut(text)).toMatchObject({ code, offset });
  });

  test('what is too much', () => {
    const deep = (count: number) => `\${${'('.repeat(count)}1${')'.repeat(count)}}`;
    expect(workOut(deep(30))).toEqual({ value: 1 });
    expect(workOut(deep(41))).toMatchObject({ code: 'invalid-expression' });
    expect(workOut(`\${${'!'.repeat(41)}yes}`)).toMatchObject({ code: 'invalid-expression' });
    expect(workOut(`\${1${' + 1'.repeat(200)}}`)).toEqual({ value: 201 });
    expect(workOut(`\${1${' + 1'.repeat(300)}}`)).toMatchObject({ code: 'invalid-expression', offset: 0 });
    expect(workOut(`${'x'.repeat(4_000)}\${site + site}`)).toEqual({ value: `${'x'.repeat(4_000)}northnorth` });
    expect(workOut(`${'x'.repeat(4_096)}\${n}`)).toMatchObject({ code: 'expression-fails' });
    expect(workOut('${1 + 1 + 1 + 1}', NAMES, { left: 5 })).toMatchObject({ code: 'too-large' });
  });
});
