/** Plain JSON values: what resources, plans and documents are made of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Equal as JSON: the order of keys does not matter, the order of list items does; a member that is `undefined` is none. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return (left ?? null) === (right ?? null);
  if (Array.isArray(left) || Array.isArray(right))
    return Array.isArray(left) && Array.isArray(right) && sameList(left, right);
  return sameMembers(left, right);
}

function sameList(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((item, index) => sameJson(item, right[index]));
}

function sameMembers(left: object, right: object): boolean {
  const others = right as Readonly<Record<string, unknown>>;
  let more = 0;
  for (const [key, member] of Object.entries(left) as [string, unknown][]) {
    if (member === undefined) continue;
    more += 1;
    const other = Object.hasOwn(others, key) ? others[key] : undefined;
    if (other === undefined || !sameJson(member, other)) return false;
  }
  for (const member of Object.values(right) as unknown[]) if (member !== undefined) more -= 1;
  return more === 0;
}

/** One text for equal values: keys sorted, absent (`undefined`) members left out. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member !== undefined) text += `${text === '' ? '{' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}
