/** What somebody may do, each with all before it: look, plan, change hosts, and say who may. */
export const ROLES = ['view', 'plan', 'apply', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Whether somebody of one role may do what needs another. */
export function mayAs(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The lesser of two. */
export function lesserRole(one: Role, other: Role): Role {
  return mayAs(one, other) ? other : one;
}
