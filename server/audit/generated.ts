/**
 * Rules that every topology gets, whatever its file says: nobody wrote them, and nobody can change them but by the file. Of what a
 * line of the file made the line is known, and it is a rule like any other.
 */
import type { NetworkStack } from '../flow/world.ts';
import type { Rule, Table } from '../reach/rules/ruleset.ts';
import { rulesetOf } from '../reach/world/rules.ts';
import type { Scene } from './scene.ts';

const textsOf = new WeakMap<NetworkStack, ReadonlySet<string>>();

export function isGenerated(scene: Scene, stack: NetworkStack, table: Table, { at }: Rule): boolean {
  if (scene.model === null || scene.placeOf(at) !== null) return false;
  const wanted = scene.found ? scene.wanted.get(stack.id) : stack;
  return wanted !== undefined && textsIn(wanted).has(textOf(table, at.text));
}

function textsIn(stack: NetworkStack): ReadonlySet<string> {
  const known = textsOf.get(stack);
  if (known !== undefined) return known;
  const texts = new Set(
    rulesetOf(stack).tables.flatMap((table) =>
      [...table.chains.values()].flatMap(({ rules }) => rules.map(({ at }) => textOf(table, at.text))),
    ),
  );
  textsOf.set(stack, texts);
  return texts;
}

function textOf({ family, name }: Table, text: string): string {
  return `${family} ${name} ${text}`;
}
