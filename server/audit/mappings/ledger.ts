/** The mappings of all stacks → rows of the port-mapping ledger. */
import { formatAddress } from '../../core/address.ts';
import type { Address } from '../../core/address.ts';
import type { FieldName } from '../../reach/rules/field-names.ts';
import type { Locator, Part, Span } from '../../reach/rules/ruleset.ts';
import type { Locus } from '../finding.ts';
import type { LedgerRow } from '../ledger.ts';
import type { AuditedStack, Owner, Scene } from '../scene.ts';
import { locusOf, publishedAt } from '../scene.ts';
import type { Guard } from './guard.ts';
import type { Mapping, Target } from './mapping.ts';

/** A row, and what it was made of. */
export interface LedgerEntry {
  readonly row: LedgerRow;
  readonly on: AuditedStack;
  readonly mapping: Mapping;
  readonly family: 4 | 6;
  /** `null`: whatever the address, or one of the host's own. */
  readonly addresses: Span | null;
  /** `null`: whatever the protocol. */
  readonly protocol: bigint | null;
  readonly ports: Span | null;
  /** Who has the address that it ends at. */
  readonly owner: Owner | null;
  /** Whom hairpin was tried with: somebody in the network of the target. */
  readonly neighbour?: { readonly node: string; readonly address: string };
}

export function ledgerOf(scene: Scene): readonly LedgerEntry[] {
  return [...scene.stacks.values()].flatMap((on) =>
    on.mappings
      .filter(({ side, hook }) => side === 'destination' && hook === 'prerouting')
      .flatMap((mapping) => entriesOf(scene, on, mapping)),
  );
}

function entriesOf(scene: Scene, on: AuditedStack, mapping: Mapping): readonly LedgerEntry[] {
  const { guard, to } = mapping;
  const protocols = spans(guard, 'l4proto').map((span) => (span === null ? null : span.first));
  return familiesOf(mapping).flatMap((family) =>
    spans(guard, family === 4 ? 'ip daddr' : 'ip6 daddr').flatMap((addresses) =>
      protocols.flatMap((protocol) =>
        spans(guard, 'th dport').map((ports): LedgerEntry => {
          const owner = ownerOf(scene, on, to);
          const what = { family, addresses, protocol, ports };
          return { ...what, on, mapping, owner, row: rowOf(scene, { ...what, on, mapping, owner }) };
        }),
      ),
    ),
  );
}

/** A rule that names no address speaks for both families, unless its table or its target does not. */
function familiesOf({ guard, to, by }: Mapping): readonly (4 | 6)[] {
  if (to.type === 'address') return [to.family];
  if (guard.fields.has('ip daddr') || by.family === 'ip') return [4];
  if (guard.fields.has('ip6 daddr') || by.family === 'ip6') return [6];
  const [l3] = guard.fields.get('l3proto') ?? [];
  return l3 === undefined || 'name' in l3 ? [4, 6] : [l3.first === 0x08_00n ? 4 : 6];
}

function rowOf(
  scene: Scene,
  { on, mapping, family, addresses, protocol, ports, owner }: Omit<LedgerEntry, 'row'>,
): LedgerRow {
  const { guard, to, by, through } = mapping;
  const line =
    addresses === null || ports === null || protocol === null
      ? null
      : publishedAt(scene, formatAddress(family, addresses.first), Number(ports.first), PROTOCOLS.get(protocol) ?? '');
  const locus = (at: Locator): Locus => {
    const found = locusOf(scene, on.stack, at);
    return { ...found, place: found.place ?? line };
  };
  return {
    gateway: on.stack.node,
    address: addresses === null ? (isOwn(guard) ? 'its own' : 'any') : addressText(family, addresses),
    protocol: protocol === null ? 'any' : (PROTOCOLS.get(protocol) ?? String(protocol)),
    ports: ports === null ? 'any' : portText(ports),
    target: targetOf(on, { family, to, ports, owner }),
    allowed: null,
    listener: listenerOf(owner, { protocol, port: endPort(to, ports) }),
    hairpin: 'unknown',
    hits: mapping.hits,
    through: [...through, by].map(locus),
  };
}

const PROTOCOLS = new Map([
  [1n, 'icmp'],
  [6n, 'tcp'],
  [17n, 'udp'],
  [33n, 'dccp'],
  [58n, 'icmpv6'],
  [132n, 'sctp'],
]);

const LOCAL = 2n;

/** `fib daddr type local`, as Docker and others write it. */
function isOwn({ fields }: Guard): boolean {
  return (['fib daddr type', 'fib daddr . iif type'] as const).some((field) =>
    fields.get(field)?.every((part) => !('name' in part) && part.first === LOCAL && part.last === LOCAL),
  );
}

interface Ending {
  readonly family: 4 | 6;
  readonly to: Target;
  readonly ports: Span | null;
  readonly owner: Owner | null;
}

function targetOf(on: AuditedStack, { family, to, ports, owner }: Ending): LedgerRow['target'] {
  const port = to.type === 'unknown' ? 'not known' : to.ports === null ? 'the same' : portText(to.ports);
  const same = to.type !== 'unknown' && to.ports === null && ports !== null ? portText(ports) : port;
  switch (to.type) {
    case 'address':
      return { node: owner?.stack.node ?? null, address: addressText(family, to.addresses), ports: same };
    case 'interface':
    case 'unchanged':
      return { node: on.stack.node, address: to.type === 'interface' ? 'its own' : 'the same', ports: same };
    case 'unknown':
      return { node: null, address: 'not known', ports: same };
  }
}

function ownerOf(scene: Scene, on: AuditedStack, to: Target): Owner | null {
  if (to.type === 'interface') return { stack: on.stack, device: '' };
  if (to.type !== 'address' || to.addresses.first !== to.addresses.last) return null;
  const owners = scene.owners.get(formatAddress(to.family, to.addresses.first)) ?? [];
  return owners.length === 1 ? (owners[0] ?? null) : null;
}

/** The one port that it ends at; `null` where that depends. */
function endPort(to: Target, ports: Span | null): number | null {
  const end = to.type === 'unknown' ? null : (to.ports ?? ports);
  return end?.first === end?.last && end !== null ? Number(end.first) : null;
}

function listenerOf(
  owner: Owner | null,
  { protocol, port }: { readonly protocol: bigint | null; readonly port: number | null },
): LedgerRow['listener'] {
  const listens = owner?.stack.listens ?? null;
  const word = protocol === null ? undefined : PROTOCOLS.get(protocol);
  if (listens === null || port === null || (word !== 'tcp' && word !== 'udp')) return 'unknown';
  const heard = listens.some(
    (each) => each.protocol === word && each.ports.some(({ first, last }) => first <= port && port <= last),
  );
  return heard ? 'declared' : 'none-declared';
}

/** The spans that are left of a field; one `null` where it may be anything. */
function spans(guard: Guard, field: FieldName): readonly (Span | null)[] {
  const parts = guard.fields.get(field);
  return parts === undefined ? [null] : parts.filter(isSpan);
}

function isSpan(part: Part): part is Span {
  return !('name' in part);
}

/** One address, a prefix where it is one, else both ends. */
export function addressText(family: 4 | 6, { first, last }: Span): Address {
  if (first === last) return formatAddress(family, first);
  const size = last - first + 1n;
  const bits = size.toString(2).length - 1;
  const whole = size === 1n << BigInt(bits) && first % size === 0n;
  return whole
    ? `${formatAddress(family, first)}/${String((family === 4 ? 32 : 128) - bits)}`
    : `${formatAddress(family, first)}-${formatAddress(family, last)}`;
}

export function portText({ first, last }: Span): string {
  return first === last ? String(first) : `${String(first)}-${String(last)}`;
}
