/** The shipped topologies with bytes, words and lines of them changed: reading never throws, and says where it hurts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkAgain, checkText, FUZZ_LIMIT_MS, fuzzed, newTally, tallyText, TOPOLOGIES } from '../support/fuzz.ts';

/** Words of the language, and some that are in no language. */
const WORDS = [
  ...'topology description networks hosts guests gateways policy expect parameters for use with file'.split(' '),
  ...'vlan subnet router external transport vni underlay mtu realm isolated dhcp access bonds bridges nics ports'.split(
    ' ',
  ),
  ...'existing fabric takeover mode hash primary capacity cpus memory on runs listens protection needs address shared'.split(
    ' ',
  ),
  ...'mac default port nat masquerade publish one-to-one listen to from balance intercept take method health routes'.split(
    ' ',
  ),
  ...'via failover advertise keep-connections preempt adverts allow deny log reject reaches even-without'.split(' '),
  ...'internet any icmp auto local vxlan true false null 0 -1 1 4095 65536 1e9 0x10 ~ low24 main host vm netns'.split(
    ' ',
  ),
  ...'443/tcp 53 8000-8100/udp 10.1.1.0/24 10.1.1.1 0.0.0.0/0 2001:db8::1 2001:db8::/64 ssh://root@h app-* *'.split(
    ' ',
  ),
  ...'${n} ${n+1} ${ ${} $${ ${1/0} 1..3 3..1 1..${n} ${subnet(10.0.0.0/8,24,n)} [ ] { } , : - ? & * ! | > # \' "'.split(
    ' ',
  ),
  ...['\n', '\n  ', '\t', ' ', '---\n', '<<: ', '&a ', '*a', '\0', '\u001b[31m', '\u202e', '\ud800', '__proto__', 'ü'],
];

type Mutation = (text: string) => string;

const at = (text: string, where: number): number => Math.floor(where * (text.length + 1));
const where = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** A character turned into another one. */
const flipped = fc.tuple(where, fc.nat(7)).map(([place, bit]): Mutation => (text) => {
  const index = at(text, place);
  const code = text.charCodeAt(index) || 0;
  return `${text.slice(0, index)}${String.fromCharCode(code ^ (1 << bit))}${text.slice(index + 1)}`;
});

/** One word in place of another, the words of that very text included. */
const spliced = fc.tuple(where, fc.oneof(fc.constantFrom(...WORDS), where)).map(([place, word]): Mutation => (text) => {
  const words = [...text.matchAll(/[\w./*-]+/g)];
  const found = words[Math.floor(place * words.length)];
  if (found === undefined) return text;
  const other = typeof word === 'string' ? word : (words[Math.floor(word * words.length)]?.[0] ?? '');
  return `${text.slice(0, found.index)}${other}${text.slice(found.index + found[0].length)}`;
});

const inserted = fc.tuple(where, fc.constantFrom(...WORDS)).map(([place, word]): Mutation => (text) => {
  const index = at(text, place);
  return `${text.slice(0, index)}${word}${text.slice(index)}`;
});

const cut = fc.tuple(where, fc.nat(40)).map(([place, length]): Mutation => (text) => {
  const index = at(text, place);
  return `${text.slice(0, index)}${text.slice(index + length)}`;
});

/** A line moved, doubled or left out. */
const lined = fc
  .tuple(where, where, fc.constantFrom('move', 'double', 'drop'))
  .map(([from, to, how]): Mutation => (text) => {
    const lines = text.split('\n');
    const index = Math.floor(from * lines.length);
    const [line = ''] = how === 'double' ? lines.slice(index, index + 1) : lines.splice(index, 1);
    if (how !== 'drop') lines.splice(Math.floor(to * lines.length), 0, line);
    return lines.join('\n');
  });

const mutation = fc.oneof(
  { weight: 2, arbitrary: flipped },
  { weight: 4, arbitrary: spliced },
  { weight: 1, arbitrary: inserted },
  { weight: 1, arbitrary: cut },
  { weight: 2, arbitrary: lined },
);

test(
  'mutants of the shipped topologies',
  () => {
    const tally = newTally();
    fc.assert(
      fc.property(
        fc.constantFrom(...TOPOLOGIES),
        fc.array(mutation, { minLength: 1, maxLength: 2 }),
        fc.nat(9),
        ([file, text], mutations, again) => {
          const mutant = mutations.reduce((changed, mutate) => mutate(changed), text);
          const compiled = checkText(mutant, file);
          if (again === 0) checkAgain(mutant, compiled, file);
          tally.cases += 1;
          if (compiled.model !== null) tally.compiled += 1;
        },
      ),
      fuzzed(30),
    );
    console.log(tallyText('mutants of the shipped topologies', tally));
    expect(tally.compiled / tally.cases).toBeGreaterThan(0.1);
  },
  FUZZ_LIMIT_MS,
);
