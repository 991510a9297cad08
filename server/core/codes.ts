import type { Severity } from './severity.ts';

interface CodeRule {
  readonly severity: Severity;
  /** Fixed for the code: what sort of problem it is. The detail says what is wrong in the file at hand. */
  readonly summary: string;
}

/** Every code that a diagnostic can have. Each has at least one file under test/rejects. */
export const CODES = {
  // reading: the shape of a file and the form of each value
  'empty-file': { severity: 'error', summary: 'Empty topology file' },
  'not-yaml': { severity: 'error', summary: 'Not valid YAML' },
  'yaml-feature': { severity: 'error', summary: 'YAML feature that topology files do not use' },
  'control-character': { severity: 'error', summary: 'Character that may not stand here' },
  'too-large': { severity: 'error', summary: 'More than can be read' },
  'unknown-key': { severity: 'error', summary: 'Unknown key' },
  'duplicate-key': { severity: 'error', summary: 'Key written twice' },
  'missing-key': { severity: 'error', summary: 'Missing value' },
  'conflicting-keys': { severity: 'error', summary: 'Keys that exclude each other' },
  'wrong-type': { severity: 'error', summary: 'Wrong sort of value' },
  'wrong-value': { severity: 'error', summary: 'Value that this key does not take' },
  'out-of-range': { severity: 'error', summary: 'Number out of range' },
  'empty-list': { severity: 'error', summary: 'Empty list' },
  'not-yet-available': { severity: 'error', summary: 'Not available in this version' },
  'invalid-name': { severity: 'error', summary: 'Invalid name' },
  'invalid-interface': { severity: 'error', summary: 'Invalid interface name' },
  'invalid-description': { severity: 'error', summary: 'Invalid description' },
  'invalid-address': { severity: 'error', summary: 'Invalid address' },
  'invalid-prefix': { severity: 'error', summary: 'Invalid prefix' },
  'host-bits': { severity: 'error', summary: 'Prefix with host bits set' },
  'invalid-mac': { severity: 'error', summary: 'Invalid MAC address' },
  'invalid-service': { severity: 'error', summary: 'Invalid service' },
  'invalid-publish': { severity: 'error', summary: 'Invalid port mapping' },
  'invalid-masquerade': { severity: 'error', summary: 'Invalid masquerade' },
  'invalid-access': { severity: 'error', summary: 'Invalid access' },
  'invalid-endpoint': { severity: 'error', summary: 'Invalid endpoint' },
  'invalid-target': { severity: 'error', summary: 'Invalid target' },

  // meaning: what the values say together
  'name-twice': { severity: 'error', summary: 'Name used twice' },
  'unknown-name': { severity: 'error', summary: 'Unknown name' },
  'glob-matches-nothing': { severity: 'warning', summary: 'Pattern that matches nothing' },
  'vlan-twice': { severity: 'error', summary: 'VLAN id used twice on one wire' },
  'untagged-twice': { severity: 'error', summary: 'Two untagged networks on one wire' },
  'vni-twice': { severity: 'error', summary: 'VNI used twice' },
  'underlay-is-vxlan': { severity: 'error', summary: 'VXLAN inside VXLAN' },
  'underlay-address': { severity: 'error', summary: 'Host without an address on the underlay' },
  'subnets-overlap': { severity: 'error', summary: 'Overlapping subnets' },
  'router-outside': { severity: 'error', summary: 'Router outside its network' },
  'router-needed': { severity: 'error', summary: 'Several gateways and no router' },
  'router-is-guest': { severity: 'warning', summary: 'Guest with the address of a router' },
  'address-outside': { severity: 'error', summary: 'Address outside its network' },
  'address-unusable': { severity: 'error', summary: 'Address that nobody can have' },
  'address-twice': { severity: 'error', summary: 'Address used twice' },
  'mac-twice': { severity: 'error', summary: 'MAC address used twice on one network' },
  'carried-twice': { severity: 'error', summary: 'Network on two bridges of one host' },
  'not-carried': { severity: 'error', summary: 'Network that no bridge of the host carries' },
  'port-twice': { severity: 'error', summary: 'Port used twice' },
  'port-untagged': { severity: 'warning', summary: 'VLAN network on a port without a bridge' },
  'bridge-loop': { severity: 'error', summary: 'Frames would circle' },
  partition: { severity: 'warning', summary: 'Network in parts' },
  'interface-twice': { severity: 'error', summary: 'Interface name used twice' },
  'access-twice': { severity: 'warning', summary: 'Two hosts that are one machine' },
  'default-route': { severity: 'error', summary: 'Default route is not settled' },
  'default-without-router': { severity: 'warning', summary: 'Default route without a router' },
  'masquerade-impossible': { severity: 'error', summary: 'Masquerade that cannot be' },
  'publish-listen': { severity: 'error', summary: 'Published port without an address to listen on' },
  'publish-not-local': { severity: 'warning', summary: 'Published address that must be routed to the gateway' },
  'publish-target-port': { severity: 'error', summary: 'Several ports to one' },
  'publish-unreachable': { severity: 'error', summary: 'Published target out of reach' },
  'publish-nobody-listens': { severity: 'warning', summary: 'Published port where nobody listens' },
  'publish-from': { severity: 'error', summary: 'Published for nobody' },
  'publish-twice': { severity: 'error', summary: 'Port published twice' },
  'allow-without-path': { severity: 'warning', summary: 'Allow without a path' },
  'deny-without-gateway': { severity: 'warning', summary: 'Deny that no gateway enforces' },
  'endpoint-without-address': { severity: 'warning', summary: 'End of a flow without an address' },
  'reaches-impossible': { severity: 'error', summary: 'Reaches that cannot be' },
  duplicate: { severity: 'warning', summary: 'Written twice' },
  unused: { severity: 'warning', summary: 'Declared and not used' },
} as const satisfies Record<string, CodeRule>;

export type DiagnosticCode = keyof typeof CODES;
