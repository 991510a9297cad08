import { z } from 'zod';
import { ROLES } from '../../core/role.ts';
import { document } from './common.ts';

const Role = z.enum(ROLES);
/** ISO 8601. */
const Time = z.string();
const Password = z.string().min(1).max(1024);

export const SignInQuestion = z.strictObject({
  name: z.string().min(1).max(64),
  password: Password,
  /** Where somebody else knows the password. */
  newPassword: Password.optional(),
});

/** `change`: all is right, but `newPassword` is needed along. */
export const SignInAnswer = z.object({ ...document, signedIn: z.boolean(), change: z.boolean() });

export const Done = z.object({ ...document });

export const Account = z.object({
  ...document,
  name: z.string(),
  role: Role,
  by: z.enum(['link', 'session', 'token']),
  topologies: z.array(z.string()).readonly().nullable(),
});
export type Account = z.infer<typeof Account>;

export const PasswordChange = z.strictObject({ password: Password, newPassword: Password });

const Session = z.object({
  id: z.string(),
  /** The one that asks. */
  own: z.boolean(),
  created: Time,
  seen: Time,
  address: z.string(),
  agent: z.string(),
});
export const SessionList = z.object({ ...document, sessions: z.array(Session).readonly() });
export type SessionList = z.infer<typeof SessionList>;
export const SessionParams = z.object({ session: z.string().max(64) });

const Token = z.object({
  id: z.string(),
  label: z.string(),
  role: Role,
  topologies: z.array(z.string()).readonly().nullable(),
  created: Time,
  expires: Time,
  seen: Time.nullable(),
  over: z.boolean(),
});
export const TokenList = z.object({ ...document, tokens: z.array(Token).readonly() });
export type TokenList = z.infer<typeof TokenList>;
export const TokenParams = z.object({ token: z.string().max(64) });
export const NewToken = z.strictObject({
  label: z.string().trim().min(1).max(100),
  role: Role,
  topologies: z.array(z.string().min(1).max(512)).min(1).max(100).nullable(),
  days: z.number().int().min(1).max(365),
});
/** The secret is told this once. */
export const TokenMade = z.object({ ...document, secret: z.string(), token: Token });

const User = z.object({
  name: z.string(),
  role: Role,
  /** Somebody else knows the password: it is changed with the first sign-in. */
  temporary: z.boolean(),
  created: Time,
  changed: Time,
});
export const UserList = z.object({ ...document, users: z.array(User).readonly() });
export type UserList = z.infer<typeof UserList>;
export const UserParams = z.object({ user: z.string().max(64) });
export const NewUser = z.strictObject({ name: z.string().min(1).max(64), role: Role });
export const RoleChange = z.strictObject({ role: Role });
/** The password to begin with, told this once. */
export const FirstPassword = z.object({ ...document, password: z.string() });

export const AttemptsQuestion = z.strictObject({
  count: z.coerce.number().int().min(1).max(500).default(100),
  /** Those before this number. */
  before: z.coerce.number().int().min(1).optional(),
});
const Attempt = z.object({
  number: z.number(),
  at: Time,
  /** The same for all that is told of one attempt. */
  id: z.string(),
  who: z.string(),
  event: z.string(),
  what: z.string(),
  which: z.record(z.string(), z.string()),
  address: z.string().nullable(),
  by: z.string().nullable(),
  status: z.number().nullable(),
  why: z.string().nullable(),
  /** How many more of the same kind followed within a minute. */
  more: z.number(),
});
/** Newest first. */
export const AttemptList = z.object({
  ...document,
  attempts: z.array(Attempt).readonly(),
  /** The first of these that does not follow from the one before it: somebody else changed it. */
  brokenAt: z.number().nullable(),
  /** Entries that were there once, and are gone. */
  cutOff: z.array(z.object({ from: z.number(), to: z.number() })).readonly(),
});
export type AttemptList = z.infer<typeof AttemptList>;
