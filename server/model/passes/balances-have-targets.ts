/**
 * In: what a gateway listens for and spreads over several targets, beside what it publishes. Out: its balances, each with one
 * address, one range of ports and the targets that the gateway reaches. They share addresses and ports with what is published:
 * one address, protocol and port has one owner.
 */
import type { Address, Family } from '../../core/address.ts';
import { familyOf } from '../../core/address.ts';
import { shortTag } from '../../core/hash.ts';
import { canonicalJson } from '../../core/json.ts';
import type { Balance, Target } from '../../flow/model.ts';
import type { BalanceLine, GatewayEntry } from '../../flow/topology.ts';
import { byPlace, compareText, related } from '../report.ts';
import type { Occupied } from './occupied-ports.ts';
import { reportTaken } from './occupied-ports.ts';
import type { PublishContext } from './publish-context.ts';
import { publishTarget } from './publish-target.ts';

const ID_LENGTH = 10;

/** @param claim the address that a line listens on, where the gateway may have it. */
export function balancesOf(
  gateway: GatewayEntry,
  context: PublishContext,
  occupied: Occupied,
  claim: (line: BalanceLine) => Address | undefined,
): readonly Balance[] {
  const made: Balance[] = [];
  for (const line of [...gateway.balance].sort((a, b) => byPlace(a.place, b.place))) {
    const listen = claim(line);
    if (listen === undefined) continue;
    const targets = targetsOf(gateway, line, familyOf(listen), context);
    if (targets === undefined || !canBe(line, context)) continue;
    for (const ports of line.ports) {
      const { protocol, place, text } = line;
      const content = { listen, protocol, ports };
      const to = canonicalJson({ ...content, to: line.to.map(({ value }) => value) });
      const balance: Balance = {
        id: `b-${shortTag(ID_LENGTH, 'balance', context.topology.name, gateway.name, to)}`,
        place,
        text,
        ...content,
        targets,
        method: line.method?.value ?? 'round-robin',
        health: line.health?.value ?? (protocol === 'tcp' ? 'tcp' : 'none'),
      };
      const taken = occupied.take(balance);
      if (taken === undefined) made.push(balance);
      else reportTaken(balance, taken, context.notes);
    }
  }
  return made.sort(
    (a, b) => compareText(a.listen, b.listen) || compareText(a.protocol, b.protocol) || a.ports.first - b.ports.first,
  );
}

/** All of them or none: with one left out the others would get what was meant for it. */
function targetsOf(
  gateway: GatewayEntry,
  line: BalanceLine,
  family: Family,
  context: PublishContext,
): readonly Target[] | undefined {
  const targets = new Map<string, { readonly target: Target; readonly place: BalanceLine['place'] }>();
  let whole = true;
  for (const { value, place } of line.to) {
    const { port, ...to } = value;
    const found = publishTarget(gateway, { ...line, to: { value: to, place }, toPort: port }, family, context);
    if (found === undefined) {
      whole = false;
      continue;
    }
    const key = `${found.address} ${String(port)}`;
    const same = targets.get(key);
    if (same === undefined) {
      targets.set(key, { target: { ...found, port }, place });
      continue;
    }
    const name = to.guest ?? to.address;
    context.notes.report(
      'duplicate',
      place,
      `${name} stands twice in \`${line.text}\`; it would not get more by that.`,
      {
        hint: 'remove one of the two',
        related: [related(same.place, 'first named here')],
      },
    );
  }
  return whole && targets.size > 0 ? [...targets.values()].map(({ target }) => target) : undefined;
}

function canBe({ protocol, ports, to, health, text }: BalanceLine, { notes }: PublishContext): boolean {
  if (protocol === 'udp' && health?.value === 'tcp') {
    notes.report(
      'balance-impossible',
      health.place,
      `\`${text}\` spreads UDP, and nobody answers a TCP connection there: every target would count as lost.`,
      { hint: 'write `health: none`' },
    );
    return false;
  }
  const [only, ...others] = ports;
  const single = others.length === 0 && only?.first === only?.last;
  const led = to.find(({ value }) => value.port !== null);
  if (single || led === undefined) return true;
  notes.report(
    'publish-target-port',
    led.place,
    `\`${text}\` leads several ports to the single port ${String(led.value.port)} inside, where nobody could tell any more which one was meant.`,
    { hint: 'leave the inside port out, which keeps each port the same, or write one port a line' },
  );
  return false;
}
