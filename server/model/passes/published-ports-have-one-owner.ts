/**
 * In: the resolved gateways, all addresses, and the zones of endpoints. Out: every gateway's port mappings, each with one
 * address, one range of ports and one target that the gateway reaches; and the addresses that only they name, which the
 * gateway then has as well. One address, protocol and port has one owner: a packet can be sent on to one place only.
 */
import type { Address, InterfaceAddress } from '../../core/address.ts';
import { familyOf, hostPrefix } from '../../core/address.ts';
import type { Balance, Publish } from '../../flow/model.ts';
import type { GatewayEntry, PublishLine } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { byPlace, compareText, PUBLISH_DOUBTFUL, related } from '../report.ts';
import type { PublishContext } from './publish-context.ts';
import { limitedTo } from './publish-from.ts';
import type { Listeners, Listening } from './publish-listen.ts';
import { claimListen, ownListen, reportNoListen } from './publish-listen.ts';
import { publishTarget } from './publish-target.ts';
import { publishId } from './publish-id.ts';
import { balancesOf } from './balances-have-targets.ts';
import type { Occupied } from './occupied-ports.ts';
import { newOccupiedPorts, reportTaken } from './occupied-ports.ts';

export interface Publishes {
  readonly ofGateway: ReadonlyMap<string, readonly Publish[]>;
  readonly balances: ReadonlyMap<string, readonly Balance[]>;
  /** Gateway → network → /32 and /128. */
  readonly natAddresses: ReadonlyMap<string, ReadonlyMap<string, readonly InterfaceAddress[]>>;
}

export function settlePublishes(context: PublishContext): Publishes {
  const { topology } = context;
  const listeners: Listeners = new Map();
  const ofGateway = new Map<string, readonly Publish[]>();
  const balances = new Map<string, readonly Balance[]>();
  const natAddresses = new Map<string, ReadonlyMap<string, readonly InterfaceAddress[]>>();
  const gateways = [...topology.gateways.values()].sort((a, b) => byPlace(a.place, b.place));
  for (const gateway of gateways) {
    const further = new Map<string, Set<InterfaceAddress>>();
    const made = new Map<string, Publish>();
    const occupied = newOccupiedPorts();
    const own = ownListen(gateway, context);
    const claim = (line: Listening): Address | undefined => {
      const listen = line.listen?.value ?? own.address;
      if (listen === undefined) reportNoListen(gateway, line, own.external, context.notes);
      const network = listen === undefined ? null : claimListen(gateway, line, listen, listeners, context);
      if (listen === undefined || network === null) {
        context.notes.doubtful.add(PUBLISH_DOUBTFUL);
        return undefined;
      }
      if (network !== undefined) further.set(network, (further.get(network) ?? new Set()).add(hostPrefix(listen)));
      return listen;
    };
    for (const line of [...gateway.publish].sort((a, b) => byPlace(a.place, b.place))) {
      const listen = claim(line);
      if (listen !== undefined) addMappings(gateway, line, listen, made, occupied, context);
    }
    balances.set(
      gateway.name,
      balancesOf(gateway, context, occupied, (line) => claim({ ...line, to: null })),
    );
    ofGateway.set(gateway.name, sortPublishes([...made.values()]));
    natAddresses.set(gateway.name, new Map([...further].map(([network, set]) => [network, [...set].sort()])));
  }
  return { ofGateway, balances, natAddresses };
}

function addMappings(
  gateway: GatewayEntry,
  line: PublishLine,
  listen: Address,
  made: Map<string, Publish>,
  occupied: Occupied,
  context: PublishContext,
): void {
  const { notes } = context;
  const [only, ...others] = line.ports;
  if (line.toPort !== null && (others.length > 0 || only === undefined || only.first !== only.last)) {
    notes.report(
      'publish-target-port',
      line.place,
      `\`${line.text}\` leads several ports to the single port ${String(line.toPort)} inside, where nobody could tell any more which one was meant.`,
      {
        hint: 'leave the inside port out, which keeps each port the same, or publish one port a line',
      },
    );
    notes.doubtful.add(PUBLISH_DOUBTFUL);
    return;
  }
  const target = publishTarget(gateway, line, familyOf(listen), context);
  const from = limitedTo(gateway, line, familyOf(listen), context);
  if (target === undefined || from === undefined) {
    notes.doubtful.add(PUBLISH_DOUBTFUL);
    return;
  }
  for (const ports of line.ports) {
    const content = { listen, protocol: line.protocol, ports, target: { ...target, port: line.toPort }, from };
    const id = publishId(context.topology.name, gateway.name, line, content);
    const same = made.get(id);
    if (same !== undefined) {
      // A list of ports on one line may overlap itself.
      if (same.place !== line.place) reportDuplicate(line, same, notes);
      continue;
    }
    const publish: Publish = { id, place: line.place, text: line.text, ...content };
    const taken = occupied.take(publish);
    if (taken === undefined) made.set(id, publish);
    else reportTaken(publish, taken, notes);
  }
}

function reportDuplicate(line: PublishLine, same: Publish, notes: Notes): void {
  notes.report('duplicate', line.place, `\`${line.text}\` stands there twice; the second changes nothing.`, {
    hint: 'remove one of the two',
    related: [related(same.place, 'first written here')],
  });
}

function sortPublishes(publishes: readonly Publish[]): readonly Publish[] {
  return [...publishes].sort(
    (a, b) => compareText(a.listen, b.listen) || compareText(a.protocol, b.protocol) || a.ports.first - b.ports.first,
  );
}
