/** A value that is one word of a few: `runs: netns`, `transport: vxlan`. */
import { nearestHint } from '../../core/nearest.ts';
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, type Reading } from '../problem.ts';

const WORDS = new WeakMap<(text: string) => Reading<unknown>, readonly string[]>();

export function parseChoice<const W extends string>(words: readonly W[]): (text: string) => Reading<W> {
  const parse = (text: string): Reading<W> => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return accept(found);
    const detail = `${quoted(text)} is not one of ${words.map((word) => `\`${word}\``).join(', ')}.`;
    return refuse('wrong-value', detail, 0, nearestHint(text, words));
  };
  WORDS.set(parse, words);
  return parse;
}

/** The words that such a function takes; `undefined` of any other. */
export function wordsOf(parse: (text: string) => Reading<unknown>): readonly string[] | undefined {
  return WORDS.get(parse);
}
