/** A translation as a rule says it → the address and port that this packet gets. */
import type { Entry, Part, Table, Translation } from '../rules/ruleset.ts';
import { lookUp } from './lookup.ts';
import type { Resolved } from './outcome.ts';
import type { FieldValue, Packet } from './packet.ts';
import { addressField, familyOf, SOME } from './packet.ts';

export interface Resolution {
  readonly found: Resolved | null;
  /** The rule may not match after all: a map has nothing for the packet. */
  readonly mayMiss: boolean;
  /** For packets of the other family the statement does nothing, and the rule goes on. */
  readonly skipped: boolean;
}

const NOTHING: Resolution = { found: null, mayMiss: true, skipped: false };

export function resolveTranslation(translation: Translation, packet: Packet, table: Table): Resolution {
  const { side, to, random } = translation;
  const family = familyOf(packet);
  if ('family' in to && to.family !== family) return { found: null, mayMiss: false, skipped: true };
  const port = translation.port === null ? null : spanValue(translation.port);
  const sure = (address: Resolved['address']): Resolution => ({
    found: { side, family, address, port, random },
    mayMiss: false,
    skipped: false,
  });
  switch (to.type) {
    case 'unchanged':
      return sure(null);
    case 'interface':
      return sure('interface');
    case 'address':
      return sure(spanValue(to.span));
    case 'prefix':
      return sure(mapPrefix(to.span, packet.get(addressField(family, side)) ?? SOME));
    case 'any':
      return { found: { side, family, address: SOME, port: SOME, random: true }, mayMiss: true, skipped: false };
    case 'lookup': {
      const { there, hits, perhaps, mayMiss, members } = lookUp(to.key, to.among, packet, table);
      if (there === false) return NOTHING;
      const unread = members === undefined || members.unread.length > 0;
      const found = hits.length > 0 ? hits : perhaps;
      if (found.length === 0 && !unread)
        return members.otherwise === null ? NOTHING : withPort(sure, mapped(members.otherwise), port);
      if (hits.length === 0 && unread) return { ...sure(SOME), mayMiss: true };
      const values = new Map(found.map((entry) => [textOf(entry), entry]));
      const [only] = values.values();
      const value: Mapped = values.size === 1 ? mapped(only?.value ?? null) : { address: SOME, port: null };
      const address =
        to.prefix && value.span !== undefined
          ? mapPrefix(value.span, packet.get(addressField(family, side)) ?? SOME)
          : value.address;
      const resolution = withPort(sure, { ...value, address }, port);
      return { ...resolution, mayMiss: mayMiss || there === null };
    }
  }
}

interface Mapped {
  readonly address: FieldValue;
  readonly port: FieldValue;
  readonly span?: { readonly first: bigint; readonly last: bigint };
}

function mapped(value: Entry['value']): Mapped {
  if (value === null || 'type' in value) return { address: SOME, port: SOME };
  const [address, port] = value;
  if (address === undefined || 'name' in address) return { address: SOME, port: SOME };
  return { address: spanValue(address), port: port === undefined ? null : partValue(port), span: address };
}

function withPort(sure: (address: FieldValue) => Resolution, value: Mapped, own: FieldValue): Resolution {
  const resolution = sure(value.address);
  if (resolution.found === null) return resolution;
  return { ...resolution, found: { ...resolution.found, port: value.port ?? own } };
}

function textOf({ value }: Entry): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
}

function spanValue({ first, last }: { readonly first: bigint; readonly last: bigint }): bigint | typeof SOME {
  return first === last ? first : SOME;
}

function partValue(part: Part): FieldValue {
  return 'name' in part ? SOME : spanValue(part);
}

/** The host's bits stay. */
function mapPrefix(
  { first, last }: { readonly first: bigint; readonly last: bigint },
  address: FieldValue,
): FieldValue {
  return typeof address === 'bigint' ? first | (address & (last - first)) : SOME;
}
