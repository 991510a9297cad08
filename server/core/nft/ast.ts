/**
 * The part of nftables that we write, as values. Statements and expressions have the form in which `nft -j list ruleset`
 * prints them (libnftables-json(5)), so that a listing is read by checking it, not by translating it; the subset is closed,
 * and what lies outside makes a table not representable. Sets and maps are flattened: a key is the list of its parts.
 */
import { z } from 'zod';

/**
 * Names of chains, sets and maps. `map`, `fwd`, `dnat` and their like are words of the language and no quotes help (nft
 * 1.0.6); none of them has a hyphen or slash behind a word of ours, so every name has one.
 */
export const ObjectName = z.string().regex(/^[a-z][a-z0-9]*[/-][a-z0-9/._-]{1,240}$/);
export type ObjectName = z.infer<typeof ObjectName>;

/** A named set, where a rule looks into it. */
export const Reference = z.string().regex(/^@[a-z][a-z0-9]*[/-][a-z0-9/._-]{1,240}$/);

/** Who a rule or an element comes from; stands in its comment. The kernel keeps 128 bytes, and a quote has no escape. */
export const ID = /^[A-Za-z0-9][A-Za-z0-9 ,.:/@+=_-]{0,119}$/;
export const Id = z.string().regex(ID);

/** In front of a logged packet. nft expands `$name` even inside these quotes. */
export const LogPrefix = z.string().regex(/^[A-Za-z0-9 ,.:/@+=_-]{0,127}$/);

export const DataType = z.enum([
  'ipv4_addr',
  'ipv6_addr',
  'inet_service',
  'inet_proto',
  'ifname',
  'icmp_type',
  'icmpv6_type',
  'ct_state',
  'ct_status',
  'nf_proto',
  'hoplimit',
  'mark',
  'ct_zone',
  'ct_dir',
  'ether_addr',
  'vlan_id',
]);
export type DataType = z.infer<typeof DataType>;

// ---------------------------------------------------------------- expressions

export const Scalar = z.union([z.string(), z.int()]);
export type Scalar = z.infer<typeof Scalar>;
export const Interval = z.union([
  Scalar,
  z.strictObject({ prefix: z.strictObject({ addr: Scalar, len: z.int() }) }),
  z.strictObject({ range: z.tuple([Scalar, Scalar]) }),
]);
export type Interval = z.infer<typeof Interval>;

const Concatenated = z.strictObject({ concat: z.array(Interval) });
/** What stands right of a match: one value, a list of them, or a named set. */
export const Operand = z.union([
  Reference,
  Interval,
  Concatenated,
  z.strictObject({ set: z.array(z.union([Interval, Concatenated])) }),
]);
export type Operand = z.infer<typeof Operand>;

const Payload = z.strictObject({ payload: z.strictObject({ protocol: z.string(), field: z.string() }) });
const Meta = z.strictObject({ meta: z.strictObject({ key: z.string() }) });
const Conntrack = z.strictObject({ ct: z.strictObject({ key: z.string() }) });
const OriginalTuple = z.strictObject({ ct: z.strictObject({ key: z.string(), dir: z.literal('original') }) });
export const Field = z.union([Payload, Meta, Conntrack, OriginalTuple]);
export type Field = z.infer<typeof Field>;
export const Selector = z.union([Field, z.strictObject({ concat: z.array(Field) })]);
export type Selector = z.infer<typeof Selector>;

/** A number from `offset` on, below `offset + mod`: the same for the same values and seed, on every machine; or by turns, or any. */
const Spread = z.union([
  z.strictObject({ jhash: z.strictObject({ mod: z.int(), seed: z.int(), offset: z.int(), expr: Selector }) }),
  z.strictObject({ numgen: z.strictObject({ mode: z.enum(['inc', 'random']), mod: z.int(), offset: z.int() }) }),
]);
export type Spread = z.infer<typeof Spread>;

// ---------------------------------------------------------------- statements

export const Verdict = z.union([
  z.strictObject({ accept: z.null() }),
  z.strictObject({ drop: z.null() }),
  z.strictObject({ return: z.null() }),
  z.strictObject({ jump: z.strictObject({ target: ObjectName }) }),
  z.strictObject({ goto: z.strictObject({ target: ObjectName }) }),
]);
export type Verdict = z.infer<typeof Verdict>;

const Lookup = z.strictObject({ map: z.strictObject({ key: Selector, data: Reference }) });
const Translation = z.union([
  z.strictObject({ family: z.enum(['ip', 'ip6']), addr: z.union([z.string(), Lookup]) }),
  z.strictObject({ family: z.enum(['ip', 'ip6']), addr: z.string(), port: z.int() }),
]);
export type Translation = z.infer<typeof Translation>;

export const Statement = z.union([
  z.strictObject({ match: z.strictObject({ op: z.enum(['==', '!=', 'in']), left: Selector, right: Operand }) }),
  /** Counts are the kernel's, not ours: they are not part of the value. */
  z.strictObject({ counter: z.null() }),
  z.strictObject({
    limit: z.strictObject({ rate: z.int(), burst: z.int(), per: z.enum(['second', 'minute', 'hour', 'day']) }),
  }),
  z.strictObject({ log: z.strictObject({ prefix: LogPrefix }) }),
  z.strictObject({ reject: z.strictObject({ type: z.literal('tcp reset') }) }),
  z.strictObject({
    reject: z.strictObject({
      type: z.literal('icmpx'),
      expr: z.enum(['admin-prohibited', 'port-unreachable', 'no-route', 'host-unreachable']),
    }),
  }),
  z.strictObject({ vmap: z.strictObject({ key: Selector, data: Reference }) }),
  /** A mark on the packet or on its flow, or the zone that its flow is looked for in. */
  z.strictObject({ mangle: z.strictObject({ key: Field, value: z.union([z.int(), Spread]) }) }),
  z.strictObject({ dnat: Translation }),
  z.strictObject({ snat: Translation }),
  Verdict,
]);
export type Statement = z.infer<typeof Statement>;

// ---------------------------------------------------------------- objects of a table

/** `inet`: IPv4 and IPv6 packets of a stack; `bridge`: every frame that goes through a bridge. */
export type TableFamily = 'inet' | 'bridge';

export const Rule = z.strictObject({ id: Id.nullable(), expr: z.array(Statement) });
export type Rule = z.infer<typeof Rule>;

export const Hook = z.strictObject({
  type: z.enum(['filter', 'nat']),
  hook: z.enum(['prerouting', 'input', 'forward', 'output', 'postrouting']),
  priority: z.int(),
  policy: z.enum(['accept', 'drop']),
});
export type Hook = z.infer<typeof Hook>;

/** `base`: where the kernel calls it; `null` for a chain that only others jump to. */
export const Chain = z.strictObject({ base: Hook.nullable(), rules: z.array(Rule) });
export type Chain = z.infer<typeof Chain>;

export const SetElement = z.strictObject({
  key: z.array(Interval),
  id: Id.nullable(),
  /** `null` in a set; in a map what the key stands for. */
  value: z.union([z.null(), z.array(Scalar), Verdict]),
});
export type SetElement = z.infer<typeof SetElement>;

/** A named set (`data: null`), a map, or a verdict map. */
export const NamedSet = z.strictObject({
  key: z.array(DataType),
  data: z.union([z.null(), z.array(DataType), z.literal('verdict')]),
  /** Prefixes and ranges may stand in keys (`flags interval`). */
  interval: z.boolean(),
  /** Every element counts its hits. */
  counter: z.boolean(),
  elements: z.array(SetElement),
});
export type NamedSet = z.infer<typeof NamedSet>;

export const Table = z.strictObject({ chains: z.record(ObjectName, Chain), sets: z.record(ObjectName, NamedSet) });
export type Table = z.infer<typeof Table>;
