import type { z } from 'zod';

/** What somebody may do, each with all before it: look, plan, change hosts, and say who may. */
export const ROLES = ['view', 'plan', 'apply', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** One thing that can be asked of the server: who may, what it takes, and what it answers with. */
export interface Operation {
  readonly role: Role;
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
