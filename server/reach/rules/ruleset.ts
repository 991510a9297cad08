/**
 * The rules of one network stack as values, whoever wrote them: what `nft -j list ruleset` lists, read once, and looked at from
 * two sides (one packet at a time, or sets of packets). Every rule knows where it stands; what is not understood is kept, with
 * its text, and makes an answer `unknown` rather than wrong.
 *
 * A field has one name however a rule writes it (`tcp dport`, `udp dport` and `th dport` are `th dport`), and what must hold
 * before it can be read at all stands beside it: a rule that reads what a packet does not have does not match, negated or
 * not (NFT_BREAK in the kernel's nft_payload and nft_ct).
 */
import type { FieldName } from './field-names.ts';

export type TableFamily = 'ip' | 'ip6' | 'inet' | 'bridge' | 'netdev' | 'arp';

export interface Ruleset {
  readonly tables: readonly Table[];
  /** What stands in the listing outside of any table that we know how to read. */
  readonly unknown: readonly Unread[];
}

export interface Table {
  readonly family: TableFamily;
  readonly name: string;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly sets: ReadonlyMap<string, Members>;
  /** Left out for nftables. `iptables`: of iptables-nft, which `nft` lists too; `iptables-legacy`: the kernel's older tables. */
  readonly dialect?: 'iptables' | 'iptables-legacy';
  /** `flags dormant`: its chains are hooked nowhere. */
  readonly dormant: boolean;
}

/** A table as far as its rules have to know it to be read. */
export type InTable = Pick<Table, 'family'>;

/** What was listed and not understood. */
export interface Unread {
  readonly text: string;
  readonly why: string;
  /** `iptables.txt line 12`; left out where the text itself says where it stands. */
  readonly place?: string;
}

/** Since the counter was made or reset. */
export interface Hits {
  readonly packets: number;
  readonly bytes: number;
}

export interface Chain {
  readonly name: string;
  readonly handle: number | null;
  /** Where the kernel calls it; `null` for a chain that only others jump to. */
  readonly base: Base | null;
  readonly rules: readonly Rule[];
}

export interface Base {
  readonly type: string;
  readonly hook: string;
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
  /** Of `netdev`: the interfaces it hangs on. */
  readonly devices: readonly string[];
  /** Packets that the policy decided, where the listing says. */
  readonly hits?: Hits;
}

/** Where a rule stands: enough to find it on the host, and to show it to a person. */
export interface Locator {
  readonly family: TableFamily;
  readonly table: string;
  readonly chain: string;
  /** `null` where the policy of the chain decides, or where the listing has no handles. */
  readonly handle: number | null;
  /** The rule's comment: of ours, the id of the entry that it comes from. */
  readonly id: string | null;
  /** The rule's expressions as listed, in short. */
  readonly text: string;
  /** Where it stands in what `iptables-save` printed. */
  readonly line?: SavedLine;
}

export interface SavedLine {
  /** `iptables.txt` */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface Rule {
  readonly at: Locator;
  readonly statements: readonly Statement[];
  /** Left out where nothing counts. */
  readonly hits?: Hits;
}

// ---------------------------------------------------------------- what rules look at

/** A field, or some bits of it. */
export interface Term {
  readonly field: FieldName;
  readonly mask: bigint | null;
  /** All of them, or the rule does not match. */
  readonly needs: readonly Need[];
}

export interface Need {
  readonly field: FieldName;
  readonly values: readonly bigint[];
}

/** Inclusive. */
export interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/** `eth0`, or with `prefix` whatever begins so (`eth*`). */
export interface NamePattern {
  readonly name: string;
  readonly prefix: boolean;
}

export type Part = Span | NamePattern;

export interface Entry {
  readonly key: readonly Part[];
  readonly id: string | null;
  /** `null` in a set. */
  readonly value: Verdict | readonly MappedPart[] | null;
  readonly hits?: Hits;
}

/** `10.0.0.1`, a port, a range to choose from, or a name. */
export type MappedPart = Part;

/** What a key is looked up in: a named set or map, or one that is written in the rule. */
export interface Members {
  readonly entries: readonly Entry[];
  /** What stands for every key that no entry has: `*` of a map. */
  readonly otherwise: Entry['value'];
  /** Elements come and go by themselves (timeouts, rules that add): what is listed now says nothing about the next packet. */
  readonly changing: boolean;
  /** Elements that could not be read: a key that nothing else covers may be among them. */
  readonly unread: readonly Unread[];
}

export type Among = { readonly set: string } | { readonly members: Members };

// ---------------------------------------------------------------- what rules do

export type Verdict =
  | { readonly type: 'accept' | 'drop' | 'return' | 'continue' }
  | { readonly type: 'reject'; readonly how: string }
  | { readonly type: 'jump' | 'goto'; readonly chain: string };

export type Value =
  | { readonly type: 'constant'; readonly value: bigint }
  /** The field's bits under `and`, with `xor` turned: what nft makes of `mark and 0xff or 0x100`. */
  | { readonly type: 'field'; readonly term: Term; readonly xor: bigint }
  | { readonly type: 'lookup'; readonly key: readonly Term[]; readonly among: Among }
  /** One of `count` numbers, as chance or a hash of the packet has it (`numgen`, `jhash`). */
  | { readonly type: 'spread'; readonly first: bigint; readonly count: number }
  | { readonly type: 'any'; readonly text: string };

/** A new source or destination of a connection. */
export interface Translation {
  readonly side: 'source' | 'destination';
  /** `interface`: the address of the interface it goes out by (masquerade) or came in by (redirect). */
  readonly to:
    | { readonly type: 'unchanged' | 'interface' }
    | { readonly type: 'address'; readonly family: 4 | 6; readonly span: Span }
    /** Host bits stay as they are. */
    | { readonly type: 'prefix'; readonly family: 4 | 6; readonly span: Span }
    /** Address, or address and port. */
    | {
        readonly type: 'lookup';
        readonly family: 4 | 6;
        readonly key: readonly Term[];
        readonly among: Among;
        readonly prefix: boolean;
      }
    | { readonly type: 'any'; readonly text: string };
  /** `null`: kept where it is free. */
  readonly port: Span | null;
  /** The kernel picks the port by chance. */
  readonly random: boolean;
}

/** Equal to one of them, or (`negated`) to none. */
export interface Match {
  readonly type: 'match';
  readonly key: readonly Term[];
  readonly among: Among;
  readonly negated: boolean;
}

export type Statement =
  | Match
  /** At least one of them holds; each is a list of matches that hold together. `multiport --ports` of iptables is one. */
  | { readonly type: 'either'; readonly of: readonly (readonly Match[])[] }
  /** A condition that is not understood, or that depends on more than the packet (limit, quota, numgen): may hold or not. */
  | { readonly type: 'condition'; readonly text: string }
  | { readonly type: 'verdict'; readonly verdict: Verdict }
  | { readonly type: 'vmap'; readonly key: readonly Term[]; readonly among: Among }
  | { readonly type: 'assign'; readonly field: FieldName; readonly value: Value }
  | { readonly type: 'translate'; readonly translation: Translation }
  /** Handed to a local socket, where there is one. */
  | { readonly type: 'tproxy'; readonly text: string }
  | { readonly type: 'notrack' }
  /** Changes nothing about where the packet goes: counter, log, dup. */
  | { readonly type: 'aside'; readonly what: string }
  /** Not understood, and may do anything. */
  | { readonly type: 'unknown'; readonly text: string };
