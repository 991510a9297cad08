/** What the web process can send to the operator, and what comes back: all that is said between the two is checked by both. */
import { z } from 'zod';
import { Failed } from '../../api/schema/common.ts';
import { NewSuppression } from '../../api/schema/audit.ts';
import { LiveEvent } from '../../api/schema/events.ts';
import { NewFile } from '../../api/schema/file.ts';
import { Plan } from '../../api/schema/plan.ts';
import { PLAN_ID, Run, RunBegun, RunEnded, RunList, RUN_ID } from '../../api/schema/runs.ts';
import { HostStatus, Status } from '../../api/schema/status.ts';
import { MAX_FILE_BYTES } from '../../topology/limits.ts';

/** Of one message to the operator: the text of a file, each character of which may take six. */
export const MOST_ASKED_BYTES = 8 * MAX_FILE_BYTES;
/** Of one message to the web process: a plan for some hundred hosts. */
export const MOST_ANSWERED_BYTES = 256 * 1024 * 1024;

/** Names are looked up in the listing: a path is never made of one. */
const NAME = z.string().min(1).max(512);
const WHO = z.strictObject({ name: z.string().min(1).max(256) });
const HOST = z.string().max(64);
const CONSENT = {
  confirmWithinS: z.number().int().min(5).max(86_400).optional(),
  typed: z.string().max(256).optional(),
  allowCut: z.boolean().optional(),
  adopt: z.boolean().optional(),
  discardUnknown: z.boolean().optional(),
  parallel: z.number().int().min(1).max(256).optional(),
  canary: HOST.optional(),
  keepGoing: z.boolean().optional(),
};
const APPLY = z.strictObject({ plan: PLAN_ID, ...CONSENT });
const HASH = z.string().regex(/^[0-9a-f]{64}$/);
const TEXT = z.string().max(MAX_FILE_BYTES);
const SAVED = z.union([
  z.strictObject({ saved: z.literal(true), hash: HASH }),
  z.strictObject({ saved: z.literal(false), present: z.strictObject({ text: z.string(), hash: HASH }) }),
]);
const ON_DISK = { text: z.string(), hash: HASH, writable: z.boolean() };
const VERSION = HASH.nullable();
const ACCEPTED = z.strictObject({ path: NAME, version: VERSION, text: z.string() });
const { finding, about, reason, until } = NewSuppression.shape;

/** By name: the arguments, in order, and the answer. */
export const OPERATIONS = {
  refresh: { asked: z.tuple([]), answer: z.null() },
  readFile: { asked: z.tuple([NAME]), answer: z.strictObject(ON_DISK).nullable() },
  parts: {
    asked: z.tuple([NAME]),
    answer: z
      .array(z.strictObject({ file: NAME, ...ON_DISK }))
      .readonly()
      .nullable(),
  },
  saveFile: {
    asked: z.tuple([WHO, NAME, z.strictObject({ part: NAME.optional(), text: TEXT, base: HASH })]),
    answer: SAVED.nullable(),
  },
  createFile: { asked: z.tuple([WHO, NewFile.unwrap().shape.name, TEXT]), answer: z.strictObject({ hash: HASH }) },
  accepted: { asked: z.tuple([NAME]), answer: ACCEPTED.nullable() },
  accept: {
    asked: z.tuple([
      WHO,
      NAME,
      z.strictObject({ added: z.strictObject({ finding, about, reason, until }), version: VERSION }),
    ]),
    answer: ACCEPTED.nullable(),
  },
  plan: {
    asked: z.tuple([
      WHO,
      NAME,
      z.strictObject({ hosts: z.array(HOST).max(4096).readonly().optional(), lab: z.boolean() }),
    ]),
    answer: Plan,
  },
  apply: { asked: z.tuple([WHO, NAME, APPLY]), answer: RunBegun },
  confirm: { asked: z.tuple([WHO, RUN_ID]), answer: RunEnded },
  planBack: { asked: z.tuple([WHO, RUN_ID, z.strictObject({ to: z.enum(['before', 'after']) })]), answer: Plan },
  rollback: {
    asked: z.tuple([WHO, RUN_ID, z.strictObject({ plan: PLAN_ID.optional(), ...CONSENT })]),
    answer: RunEnded,
  },
  runs: {
    asked: z.tuple([
      z.strictObject({
        topology: z.string().max(64).optional(),
        names: z.array(NAME).max(1024).readonly().optional(),
        before: RUN_ID.optional(),
        limit: z.number().int().min(1).max(200),
      }),
    ]),
    answer: RunList,
  },
  run: { asked: z.tuple([RUN_ID]), answer: Run },
  status: { asked: z.tuple([NAME, z.boolean()]), answer: Status },
  recordHosts: {
    asked: z.tuple([NAME, z.boolean()]),
    answer: z
      .array(
        z.strictObject({
          name: HOST,
          files: z.record(z.string(), z.base64()).readonly(),
          status: HostStatus.nullable(),
        }),
      )
      .readonly(),
  },
  /** Events come by themselves from then on. */
  listen: { asked: z.tuple([]), answer: z.null() },
  watch: { asked: z.tuple([z.array(z.strictObject({ name: NAME, lab: z.boolean() })).max(256)]), answer: z.null() },
  /** The web process listens: where it is found, and whether people sign in there. */
  ready: {
    asked: z.tuple([z.strictObject({ url: z.url().max(256), port: z.int().min(1).max(65_535), signsIn: z.boolean() })]),
    answer: z.null(),
  },
  /** It cannot: why. */
  failed: { asked: z.tuple([Failed]), answer: z.null() },
} as const satisfies Readonly<
  Record<string, { readonly asked: z.ZodType<readonly unknown[]>; readonly answer: z.ZodType }>
>;

export type OperationName = keyof typeof OPERATIONS;
export type OperationAsked<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['asked']>;
export type OperationAnswer<N extends OperationName> = z.input<(typeof OPERATIONS)[N]['answer']>;

/** To the operator. */
export const Asked = z.union([
  z.strictObject({ id: z.int().min(0), operation: z.string().max(32), asked: z.array(z.unknown()).max(8) }),
  /** Answer to `newLink`; `null`: people sign in. */
  z.strictObject({ link: z.url().max(1024).nullable() }),
]);

/** To the web process. */
export const Told = z.union([
  z.strictObject({ id: z.int().min(0), answer: z.unknown() }),
  z.strictObject({ id: z.int().min(0), failure: Failed }),
  z.strictObject({ event: LiveEvent }),
  z.strictObject({ newLink: z.literal(true) }),
]);
