import { sameJson } from '../../core/json.ts';
import type { Command } from '../../flow/command.ts';
import type { FieldDifference } from '../../flow/plan.ts';
import type { Kind } from '../kind.ts';
import { netnsId } from '../link-ids.ts';
import { desireDhcp } from './desire.ts';
import { dhcpInTheWay, observeDhcp } from './observe.ts';
import { DhcpServer } from './resource.ts';

/** Addresses, the way out and names for the networks that ask for them (dnsmasq). */
export const dhcp: Kind<DhcpServer> = {
  name: 'dhcp',
  schema: DhcpServer,
  desire: desireDhcp,
  observe: observeDhcp,
  obstacle: dhcpInTheWay,
  // Nothing ends what runs in a namespace that goes: it has to be over before.
  refers: ({ scope, needs }) =>
    [...(scope === '' ? [] : [netnsId(scope)]), ...needs].map((to) => ({ to, diesWith: false })),
  compare: differences,
  // Guests come by what they are told: filters and interfaces stand by then.
  stages: (_before, after) => [{ effect: after === undefined ? 'removes' : 'opens', state: after }],
  commands(before, after): readonly Command[] {
    const scope = (after ?? before)?.scope;
    return scope === undefined ? [] : [{ tool: 'service', scope, name: 'dnsmasq', files: after?.files ?? null }];
  },
  // Nobody's packets go through it.
  touches: () => [],
  describe: ({ scope }) => `DHCP and names by ${scope === '' ? 'the gateway on the host itself' : scope}`,
};

function differences(wanted: DhcpServer, found: DhcpServer): readonly FieldDifference[] {
  const names = [...new Set([...Object.keys(wanted.files), ...Object.keys(found.files)])].sort();
  const files = names
    .filter((name) => wanted.files[name] !== found.files[name])
    .map((name) => ({ field: name, expected: wanted.files[name] ?? null, found: found.files[name] ?? null }));
  return sameJson(wanted.running, found.running)
    ? files
    : [...files, { field: 'running', expected: wanted.running, found: found.running }];
}
