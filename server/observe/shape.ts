/**
 * Checks of what tools print, as far as we read it: plain functions, for a schema library takes ten times as long over some
 * thousand links. Members that are not named are let through unread.
 */

/** `undefined` where the value is right; else what is wrong, with the path of the member. */
export type Check<T> = ((value: unknown) => string | undefined) & { readonly type?: T };

export type Checked<C> = C extends Check<infer T> ? T : never;

type Optional<C extends Record<string, Check<unknown>>> = {
  [K in keyof C]: undefined extends Checked<C[K]> ? K : never;
}[keyof C];

type Members<C extends Record<string, Check<unknown>>> = {
  readonly [K in Exclude<keyof C, Optional<C>>]: Checked<C[K]>;
} & { readonly [K in Optional<C>]?: Checked<C[K]> };

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
    return undefined;
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object whatever is in it. */
export function anyObject<T extends object>(): Check<T> {
  return (value) => (isObject(value) ? undefined : 'is no object');
}
