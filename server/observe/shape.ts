/**
 * Checks of what tools print, as far as we read it: plain functions, for a schema library takes ten times as long over some
 * thousand links. Members that are not named are let through unread.
 */

import { visibleText } from '../core/visible-text.ts';

/** `undefined` where the value is right; else what is wrong, with the path of the member. */
export type Check<T> = ((value: unknown) => string | undefined) & { readonly type?: T };

export type Checked<C> = C extends Check<infer T> ? T : never;

type Optional<C extends Record<string, Check<unknown>>> = {
  [K in keyof C]: undefined extends Checked<C[K]> ? K : never;
}[keyof C];

type Members<C extends Record<string, Check<unknown>>> = {
  readonly [K in Exclude<keyof C, Optional<C>>]: Checked<C[K]>;
} & { readonly [K in Optional<C>]?: Checked<C[K]> };

/** A word of the tool's own. */
export const word: Check<string> = (value) =>
  typeof value === 'string' && /^[\x20-\x7e]*$/.test(value) ? undefined : 'is no word of ASCII';

/** What anybody could choose: names, comments. */
export const text: Check<string> = (value) => (typeof value === 'string' ? undefined : 'is no text');

export const flag: Check<boolean> = (value) => (typeof value === 'boolean' ? undefined : 'is neither true nor false');

export const whole: Check<number> = (value) => (Number.isSafeInteger(value) ? undefined : 'is no whole number');

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value) => (value === undefined ? undefined : check(value));
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value) => (value === null ? undefined : check(value));
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return 'is no list';
    for (const [index, item] of (value as readonly unknown[]).entries()) {
      const wrong = check(item);
      if (wrong !== undefined) return `[${String(index)}] ${wrong}`;
    }
    return undefined;
  };
}

export function members<C extends Record<string, Check<unknown>>>(checks: C): Check<Members<C>> {
  const list = Object.entries(checks);
  return (value) => {
    if (!isObject(value)) return 'is no object';
    for (const [name, check] of list) {
      const wrong = check(Object.hasOwn(value, name) ? value[name] : undefined);
      if (wrong !== undefined) return `${name} ${wrong}`;
    }
    return garbledMember(value);
  };
}

/** Names of members are the tool's own: one that is not ASCII was garbled, and would be passed over as one we do not know. */
function garbledMember(value: object): string | undefined {
  const garbled = Object.keys(value).find((name) => !isPlain(name));
  return garbled === undefined ? undefined : `has the member ${visibleText(garbled)}`;
}

/** There are few, and thousands of objects have them. */
const plain = new Set<string>();
const PLAIN_MOST = 1000;

function isPlain(name: string): boolean {
  if (plain.has(name)) return true;
  if (!/^[\x20-\x7e]*$/.test(name)) return false;
  if (plain.size < PLAIN_MOST) plain.add(name);
  return true;
}

function garbledInside(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const wrong = Array.isArray(value) ? undefined : garbledMember(value);
  if (wrong !== undefined) return wrong;
  for (const each of Object.values(value) as unknown[]) {
    const inside = garbledInside(each);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object whatever is in it, if only its members have names. */
export function anyObject<T extends object>(): Check<T> {
  return (value) => (isObject(value) ? garbledInside(value) : 'is no object');
}
