/**
 * In: a Topology, as written. Out: the Model, with nothing left to decide, and every problem found on the way; no Model where
 * one of them is an error. Pure: it asks no host, reads no file, and gives the same Model for the same Topology whatever the
 * order of its keys.
 */
import type { Diagnostic } from '../core/diagnostic.ts';
import { giveBackMemory } from '../core/memory.ts';
import { hasErrors } from '../core/diagnostic.ts';
import type { Model } from '../flow/model.ts';
import type { Topology } from '../flow/topology.ts';
import { buildHosts } from './hosts.ts';
import { gatewayForwarding } from './forwarding.ts';
import { findMembers } from './members.ts';
import { DEFAULT_MTU, settleMtus } from './mtus.ts';
import { buildGateways, buildGuests, buildNetworks } from './nodes.ts';
import { chooseAddresses } from './passes/addresses-are-chosen.ts';
import { settleAddresses } from './passes/addresses-have-one-owner.ts';
import { seenByGateways, zoneResolver } from './passes/endpoints-are-zones.ts';
import { settleDhcp } from './passes/dhcp-has-a-gateway.ts';
import { settleExpectations } from './passes/expectations-can-hold.ts';
import { checkBonds } from './passes/bonds-can-be.ts';
import { checkCapacity } from './passes/capacity-is-enough.ts';
import { checkExisting } from './passes/existing-bridges-stay-as-they-are.ts';
import { checkClusters } from './passes/clusters-are-apart.ts';
import { checkAccess } from './passes/hosts-are-reached-apart.ts';
import { settleHosts } from './passes/guests-have-a-host.ts';
import type { Whereabouts } from './passes/guests-have-a-host.ts';
import { checkHostGateways } from './passes/hosts-are-one-router.ts';
import { settleIntercepts } from './passes/intercepts-reach-a-proxy.ts';
import { checkInterfaces } from './passes/interfaces-have-one-name.ts';
import { checkIsolation } from './passes/isolated-members-are-apart.ts';
import { settleMacs } from './passes/macs-have-one-owner.ts';
import { settleMemberAddresses } from './passes/members-have-own-addresses.ts';
import { settleMasquerades } from './passes/masquerades-have-a-source.ts';
import { findMissing } from './passes/kinds-are-there.ts';
import { checkLoops } from './passes/frames-never-circle.ts';
import { checkPartitions } from './passes/networks-are-in-one-piece.ts';
import { nameEverything } from './passes/names-mean-one-thing.ts';
import { wireNetworks } from './passes/networks-have-one-bridge.ts';
import { settleWaysOut } from './passes/nodes-have-one-way-out.ts';
import { warnOfUnused } from './passes/nothing-is-unused.ts';
import { settlePolicy } from './passes/policy-has-a-path.ts';
import { settleRoutes } from './passes/routes-have-a-next-hop.ts';
import { checkRoutes } from './passes/routes-lead-on.ts';
import { checkPorts } from './passes/ports-have-one-use.ts';
import { settleOneToOnes } from './passes/one-to-ones-have-two-ends.ts';
import type { Publishes } from './passes/published-ports-have-one-owner.ts';
import { settlePublishes } from './passes/published-ports-have-one-owner.ts';
import { checkRealms } from './passes/realms-are-named.ts';
import { resolveReferences } from './passes/references-resolve.ts';
import { checkStacks } from './passes/stacks-do-not-overlap.ts';
import { settleSubnets } from './passes/subnets-are-disjoint.ts';
import { settleTransports } from './passes/transports-are-whole.ts';
import { settleTunnels } from './passes/tunnels-have-ends.ts';
import { chooseInternalVids } from './passes/untagged-networks-have-a-vid.ts';
import { checkTags } from './passes/wires-carry-a-tag-once.ts';
import { findHomes } from './placement/homes.ts';
import { newNotes, sortDiagnostics } from './report.ts';
import type { Settled } from './settled.ts';
import { findWires } from './wires.ts';

export interface Compiled {
  readonly model: Model | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** @param whereabouts of guests whose host the file leaves open, and of those that are moved away from lost hosts */
export function compileModel(written: Topology, whereabouts: Whereabouts = {}): Compiled {
  giveBackMemory();
  const notes = newNotes(written.damaged);

  // Names first: from here on a name that is found is one thing, and what referred to nothing is gone.
  const names = nameEverything(written, notes);
  giveBackMemory();
  const resolved = resolveReferences(written, names, notes);

  // What networks are, before anything is put on them.
  giveBackMemory();
  const transports = settleTransports(resolved, notes);
  giveBackMemory();
  const homes = findHomes(resolved, transports);
  const placed = settleHosts(resolved, homes, whereabouts, notes);
  const subnets = settleSubnets(placed, notes);
  const topology = chooseAddresses(placed, subnets, notes);
  const addresses = settleAddresses(topology, subnets, notes);
  checkRealms(topology, subnets, notes);
  checkStacks(topology, subnets, notes);

  // Wires: who is where decides which bridge carries what, and that what meets on a cable.
  const members = findMembers(topology);
  const vids = chooseInternalVids(topology.name, transports);
  giveBackMemory();
  const wiring = wireNetworks(topology, transports, vids, members, notes);
  giveBackMemory();
  checkPorts(topology, transports, notes);
  checkBonds(topology, notes);
  checkExisting(topology, wiring, notes);
  checkLoops(topology, wiring, notes);
  const wires = findWires(topology, transports, wiring, members);
  checkTags(topology, transports, wires, notes);
  checkPartitions(topology, transports, wiring, members, notes);
  const overlays = settleTunnels(topology, transports, members, addresses, notes);
  giveBackMemory();
  const memberAddresses = settleMemberAddresses(topology, subnets, addresses, notes);
  const macs = settleMacs(topology, addresses, memberAddresses, notes);
  giveBackMemory();
  checkAccess(topology, notes);
  checkClusters(topology, notes);

  // Routing and translation need the addresses of all, and routers before sources.
  const routes = settleRoutes(topology, subnets, addresses, notes);
  giveBackMemory();
  const waysOut = settleWaysOut(topology, subnets, addresses, routes, notes);
  const dhcps = settleDhcp(topology, subnets, addresses, waysOut, notes);
  const forwarding = gatewayForwarding(topology, subnets, addresses, waysOut);
  checkRoutes(topology, waysOut, forwarding, routes, notes);
  const masquerades = settleMasquerades(topology, subnets, addresses, forwarding, notes);
  const zonesSeenBy = seenByGateways(topology, names, subnets, addresses);
  const oneToOnes = settleOneToOnes({ topology, subnets, addresses, notes });
  const publishes = settlePublishes({ topology, subnets, addresses, oneToOnes, zonesSeenBy, notes });
  const intercepts = settleIntercepts({ topology, subnets, addresses, notes });

  // Policy comes last: an address that only a published port names is the gateway's too.
  const zonesOf = zoneResolver(topology, names, subnets, addresses, furtherAddresses(publishes));
  giveBackMemory();
  const policy = settlePolicy(topology, names, zonesOf, forwarding, notes);
  checkHostGateways(topology, addresses, policy, notes);
  const expectations = settleExpectations(topology, names, addresses, publishes.ofGateway, oneToOnes.ofGateway, notes);
  warnOfUnused(topology, transports, wiring, members, notes);

  giveBackMemory();
  const mtus = settleMtus(topology, transports, overlays, notes);
  const settled: Settled = {
    topology,
    transports,
    subnets,
    addresses,
    members,
    wiring,
    overlays,
    mtus,
    defaultMtu: DEFAULT_MTU,
    memberAddresses,
    macs,
    waysOut,
    dhcps,
    forwarding,
    oneToOnes,
    publishes,
    homes,
    intercepts,
  };
  const model: Model = {
    topology: topology.name,
    description: topology.description,
    networks: buildNetworks(settled),
    hosts: buildHosts(settled),
    guests: buildGuests(settled),
    gateways: buildGateways(settled, masquerades),
    policy,
    expectations,
    missing: findMissing(topology, notes),
  };
  giveBackMemory();
  checkInterfaces(model.hosts.values(), model.gateways.values(), notes);
  checkIsolation(model, topology, notes);
  checkCapacity(model, topology, notes);

  const diagnostics = sortDiagnostics(notes.diagnostics());
  return { model: hasErrors(diagnostics) ? null : model, diagnostics };
}

function furtherAddresses(
  publishes: Publishes,
): ReadonlyMap<string, readonly { readonly network: string; readonly address: string }[]> {
  return new Map(
    [...publishes.natAddresses].map(([gateway, networks]) => [
      gateway,
      [...networks].flatMap(([network, addresses]) =>
        addresses.map((each) => ({ network, address: each.replace(/\/\d+$/, '') })),
      ),
    ]),
  );
}
