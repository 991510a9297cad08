/** The text that `nft -j list ruleset` printed → the list of its objects. */
import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import type { Listed } from './read.ts';
import { printableText } from './printable.ts';
import type { Unread } from './ruleset.ts';

export interface Listing {
  readonly objects: readonly Listed[];
  readonly unknown: readonly Unread[];
}

const Whole = z.object({ nftables: z.array(z.unknown()) });
const Member = z.record(z.string(), z.unknown());

/** @param file what it is called where it comes from, for what is said of it. */
export function parseListing(text: string, file: string): Listing {
  if (text.trim() === '') return { objects: [], unknown: [{ text: '', why: 'nothing was printed', place: file }] };
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    const position = Number(/position (\d+)/.exec(String(error))?.[1] ?? text.length);
    const before = text.slice(0, position);
    const line = before.split('\n').length;
    const column = position - before.lastIndexOf('\n');
    const near = printableText(text.slice(Math.max(0, position - 40), position + 20));
    const why = position >= text.length ? 'the listing is cut short' : 'the listing is garbled';
    return {
      objects: [],
      unknown: [{ text: near, why, place: `${file} line ${String(line)} column ${String(column)}` }],
    };
  }
  const whole = Whole.safeParse(value);
  if (!whole.success)
    return {
      objects: [],
      unknown: [{ text: printableText(text.slice(0, 80)), why: 'not what nft -j lists', place: file }],
    };
  const objects: Listed[] = [];
  const unknown: Unread[] = [];
  whole.data.nftables.forEach((each, index) => {
    const member = Member.safeParse(each);
    if (member.success) objects.push(member.data as Listed);
    else
      unknown.push({
        text: printableText(JSON.stringify(each)),
        why: 'not an object',
        place: `${file} object ${String(index + 1)}`,
      });
  });
  return { objects, unknown };
}
