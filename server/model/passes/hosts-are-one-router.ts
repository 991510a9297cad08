/**
 * In: the resolved gateways and hosts, and the policy as settled. Out: nothing; says where a gateway cannot run in a host's own
 * stack as it is written, and where the host itself would be cut off by it. A stack is one router, its interfaces are the
 * host's, and what arrives by them is judged as the gateway's input, whoever of the two has the address.
 */
import { prefixContains } from '../../core/address.ts';
import type { PolicyEntry } from '../../flow/model.ts';
import type { GatewayEntry, HostEntry, Topology } from '../../flow/topology.ts';
import { gatewaysInStack } from '../host-stack.ts';
import type { Notes } from '../report.ts';
import { related } from '../report.ts';
import type { Addresses } from './addresses-have-one-owner.ts';

export function checkHostGateways(
  topology: Topology,
  addresses: Addresses,
  policy: readonly PolicyEntry[],
  notes: Notes,
): void {
  for (const host of topology.hosts.values()) {
    const [gateway, ...others] = gatewaysInStack(topology, host.name);
    if (gateway === undefined) continue;
    for (const other of others) reportSecond(host, gateway, other, notes);
    refuseMacs(gateway, notes);
    comparePorts(host, gateway, notes);
    warnWhereHostIsClosed(host, gateway, addresses, policy, notes);
  }
}

function reportSecond(host: HostEntry, first: GatewayEntry, second: GatewayEntry, notes: Notes): void {
  notes.report(
    'host-gateway-twice',
    second.runs.place,
    `Gateways ${first.name} and ${second.name} would both run in the network stack of host ${host.name}, which is one router: nothing would keep their networks apart.`,
    {
      hint: 'make them one gateway, or let one run in a namespace of its own: `runs: netns`',
      related: [related(first.runs.place, `gateway ${first.name} runs there`)],
    },
  );
}

function comparePorts(host: HostEntry, gateway: GatewayEntry, notes: Notes): void {
  for (const { name: network, port } of gateway.nics.values()) {
    const own = host.nics.get(network)?.port ?? null;
    if (port === null || own === null || port.value === own.value) continue;
    notes.report(
      'host-gateway-port',
      port.place,
      `Host ${host.name} is on network ${network} by port ${own.value}, and gateway ${gateway.name}, which runs in the same stack, by port ${port.value}; a stack has one interface on a network.`,
      { hint: 'write the same port for both', related: [related(own.place, "the host's port is named here")] },
    );
  }
}

function refuseMacs({ name, nics }: GatewayEntry, notes: Notes): void {
  for (const { mac, name: network } of nics.values()) {
    if (mac === null) continue;
    notes.report(
      'host-gateway-mac',
      mac.place,
      `Gateway ${name} runs in its host's own stack, so its NIC on ${network} is an interface of the host and has that one's MAC.`,
      { hint: "leave `mac` out here; a host's NIC can have one" },
    );
  }
}

function warnWhereHostIsClosed(
  host: HostEntry,
  gateway: GatewayEntry,
  addresses: Addresses,
  policy: readonly PolicyEntry[],
  notes: Notes,
): void {
  for (const { name: network, place } of host.nics.values()) {
    if (!gateway.nics.has(network)) continue;
    const own = addresses.of(host.name, network).map(({ address }) => address);
    const [address] = own;
    const open = policy.some(
      ({ verdict, to }) =>
        verdict === 'allow' &&
        to.some(
          (zone) =>
            zone.network === network &&
            zone.prefixes?.some((prefix) => own.some((each) => prefixContains(prefix, each))) === true,
        ),
    );
    if (address === undefined || open) continue;
    notes.report(
      'host-gateway-input',
      place,
      `${address} of host ${host.name} is on an interface of gateway ${gateway.name}, so what arrives for it there is judged as the gateway's input, and nothing allows any of it: no new connection reaches the host by ${network}, ssh neither.`,
      { hint: `allow what is to reach it: \`{ allow: 22/tcp, from: …, to: ${host.name} }\`` },
    );
  }
}
