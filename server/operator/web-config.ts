import { z } from 'zod';
import { LOG_LEVELS } from '../api/log-levels.ts';

/** What the web process is told on its input: not by arguments or environment, which others can read. */
export const WebConfig = z.strictObject({
  /** Where the operator waits for it, and what it shows itself with. */
  socket: z.string(),
  key: z.string(),
  /** With the topologies, or copies of them. */
  folder: z.string(),
  /** The folder that they are copies of: what is remembered of them is remembered by that. */
  viewsOf: z.string(),
  /** A folder of its own, for what it has to remember. */
  state: z.string(),
  /** The same each time that it is started: sessions that were opened by a link go on. */
  server: z.string(),
  /** Folder of the built page. */
  page: z.string(),
  host: z.string().nullable(),
  port: z.number().nullable(),
  origin: z.string().nullable(),
  proxies: z.array(z.string()).readonly(),
  /** An open file of ours that requests are told to; `null`: they are not. */
  log: z.strictObject({ fd: z.number(), level: z.enum(LOG_LEVELS).nullable() }).nullable(),
  /** Who it becomes before it reads anything from outside; `null`: it stays who it is. */
  user: z.strictObject({ uid: z.number(), gid: z.number() }).nullable(),
});
export type WebConfig = z.infer<typeof WebConfig>;

/** The one that a file to log to has in the web process. */
export const LOG_FD = 3;
