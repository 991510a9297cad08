import type { Span } from '../../reach/rules/ruleset.ts';
import type { LedgerEntry } from '../mappings/ledger.ts';
import { addressText, portText } from '../mappings/ledger.ts';
import type { Mapping } from '../mappings/mapping.ts';
import type { AuditedStack, Scene } from '../scene.ts';
import { locusOf } from '../scene.ts';
import { judged } from './chains.ts';
import type { Found, FindingRule } from './rule.ts';

/** Numbers that do not add up. */
export const NAT_008: FindingRule = {
  id: 'NAT-008',
  name: 'Ranges that do not fit',
  severity: 'medium',
  definition:
    'A range of public ports ends at fewer ports of one address; a network is translated to a smaller one, bit by bit; or a range of ports for translated sources holds a port that is published on the same address.',
  fix: 'Make both ranges the same size, or keep the published ports out of the range for sources.',
  *find({ scene, ledger }) {
    for (const entry of ledger) yield* fewerPorts(entry);
    for (const on of judged({ scene })) {
      yield* smallerNetworks(scene, on);
      yield* takenPorts(
        scene,
        on,
        ledger.filter((each) => each.on === on),
      );
    }
  },
};

function size({ first, last }: Span): bigint {
  return last - first + 1n;
}

function* fewerPorts({ row, ports, mapping: { to } }: LedgerEntry): Iterable<Found> {
  if (ports === null || to.type !== 'address' || to.ports === null || size(to.ports) >= size(ports)) return;
  const what = `${row.address}:${row.ports}/${row.protocol}`;
  yield {
    summary: `${row.gateway} forwards ${String(size(ports))} ports, ${what}, to ${size(to.ports) === 1n ? 'one' : String(size(to.ports))} of ${row.target.address}`,
    detail: `To ${portText(to.ports)}: whoever listens there cannot tell which of them was meant.`,
    at: row.through,
    witness: null,
    about: `${row.gateway} ${what} ${row.target.address}:${portText(to.ports)}`,
  };
}

function* smallerNetworks(scene: Scene, on: AuditedStack): Iterable<Found> {
  for (const { side, guard, to, by } of on.mappings) {
    if (to.type !== 'address' || !to.keepsHost) continue;
    const word = to.family === 4 ? 'ip' : 'ip6';
    for (const part of guard.fields.get(`${word} ${side === 'source' ? 's' : 'd'}addr`) ?? []) {
      if ('name' in part || size(part) <= size(to.addresses)) continue;
      const [from, into] = [part, to.addresses].map((span) => addressText(to.family, span));
      yield {
        summary: `${on.stack.node} translates ${from ?? ''} to ${into ?? ''}, which is smaller: several addresses become one`,
        detail: '',
        at: [locusOf(scene, on.stack, by)],
        witness: null,
        about: `${on.stack.node} ${side} ${from ?? ''} ${into ?? ''}`,
      };
    }
  }
}

function* takenPorts(scene: Scene, on: AuditedStack, ledger: readonly LedgerEntry[]): Iterable<Found> {
  for (const source of on.mappings.filter(
    ({ side, to }) => side === 'source' && to.type !== 'unknown' && to.ports !== null,
  )) {
    const taken = ledger.find((entry) => collides(source, entry));
    if (taken === undefined || source.to.type !== 'address' || source.to.ports === null) continue;
    const { row } = taken;
    const pool = `${addressText(source.to.family, source.to.addresses)}:${portText(source.to.ports)}`;
    yield {
      summary: `${on.stack.node} translates sources to ${pool}, where ${row.address}:${row.ports}/${row.protocol} is published`,
      detail:
        'Where the kernel takes that port for a source, what is answered to it may be taken for a new connection to the published one.',
      at: [locusOf(scene, on.stack, source.by), ...row.through.slice(-1)],
      witness: null,
      about: `${on.stack.node} ${pool} ${row.address}:${row.ports}/${row.protocol}`,
    };
  }
}

function collides({ to, guard }: Mapping, { family, addresses, ports, protocol }: LedgerEntry): boolean {
  if (to.type !== 'address' || to.ports === null || to.family !== family || addresses === null || ports === null)
    return false;
  const protocols = guard.fields.get('l4proto');
  const same =
    protocol === null ||
    protocols === undefined ||
    protocols.some((each) => 'first' in each && each.first <= protocol && protocol <= each.last);
  return same && meet(to.addresses, addresses) && meet(to.ports, ports);
}

function meet(one: Span, other: Span): boolean {
  return one.first <= other.last && other.first <= one.last;
}
