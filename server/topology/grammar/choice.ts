/** A value that is one word of a few: `runs: netns`, `transport: vxlan`. */
import { nearestHint } from '../../core/nearest.ts';
import { quoted } from '../../core/visible-text.ts';
import { accept, notYet, refuse, type Reading } from '../problem.ts';

/** @param later words that the language has and this version does not carry out, with what they are for */
export function parseChoice<const W extends string>(
  words: readonly W[],
  later: Readonly<Record<string, string>> = {},
): (text: string) => Reading<W> {
  const purposes = new Map(Object.entries(later));
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return accept(found);
    const purpose = purposes.get(text);
    if (purpose !== undefined) return notYet(quoted(text), purpose, 0, `write \`${String(words[0])}\``);
    const list = [...words, ...purposes.keys()];
    const detail = `${quoted(text)} is not one of ${list.map((word) => `\`${word}\``).join(', ')}.`;
    return refuse('wrong-value', detail, 0, nearestHint(text, list));
  };
}
