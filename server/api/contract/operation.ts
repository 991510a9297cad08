import type { z } from 'zod';
import type { Role } from '../../core/role.ts';

export type { Role } from '../../core/role.ts';
export { ROLES } from '../../core/role.ts';

/** One thing that can be asked of the server: who may, what it takes, and what it answers with. */
export interface Operation {
  /** `anyone`: without a session too, and it looks itself at who that is. */
  readonly role: Role | 'anyone';
  /** Only for somebody who signed in: no token is good for it. */
  readonly signedIn?: boolean;
  /**
   * A token may be good for some topologies only. Operations below `/api/topologies/:name` are looked at before they begin; others are
   * closed to such a token, unless their handler looks itself, by `requireTopology`.
   */
  readonly looksAtTopology?: boolean;
  /** A line for the description of the API. */
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Sent as JSON. */
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** Largest body taken, in bytes, where it is more than usual. */
  readonly bodyLimit?: number;
  /** It goes on: each message of a stream of server-sent events has `answer` as its data. */
  readonly stream?: true;
}

/** Operations by what is asked for: `GET /api/topologies/:name/graph`. */
export type Operations = Readonly<Record<`${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`, Operation>>;

type Of<O, Key extends keyof Operation> = O extends { readonly [K in Key]: infer T extends z.ZodType } ? T : never;

/** What a caller sends along. A key that an operation does not have is left out. */
export type Asked<O extends Operation> = OneOf<'params', z.input<Of<O, 'params'>>> &
  OneOf<'query', z.input<Of<O, 'query'>>> &
  OneOf<'body', z.input<Of<O, 'body'>>>;

type OneOf<Key extends string, T> = [T] extends [never] ? { readonly [K in Key]?: never } : { readonly [K in Key]: T };

/** What the server makes of it. */
export interface Taken<O extends Operation> {
  readonly params: z.output<Of<O, 'params'>>;
  readonly query: z.output<Of<O, 'query'>>;
  readonly body: z.output<Of<O, 'body'>>;
}

export type Answer<O extends Operation> = z.input<O['answer']>;
