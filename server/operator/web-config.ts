import { z } from 'zod';

/** What the web process is told on its input: not by arguments or environment, which others can read. */
export const WebConfig = z.strictObject({
  /** Where the operator waits for it, and what it shows itself with. */
  socket: z.string(),
  key: z.string(),
  /** With the topologies, or copies of them. */
  folder: z.string(),
  /** A folder of its own, for what it has to remember. */
  state: z.string(),
  /** Folder of the built page; `null`: that of the package. */
  page: z.string().nullable(),
  host: z.string().nullable(),
  port: z.number().nullable(),
  /** Who it becomes before it reads anything else; `null`: it stays who it is. */
  user: z.strictObject({ uid: z.number(), gid: z.number() }).nullable(),
});
export type WebConfig = z.infer<typeof WebConfig>;
