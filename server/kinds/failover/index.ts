import { addressPart } from '../../core/address.ts';
import { sameJson } from '../../core/json.ts';
import type { Command } from '../../flow/command.ts';
import type { FieldDifference } from '../../flow/plan.ts';
import type { Kind } from '../kind.ts';
import { netnsId } from '../link-ids.ts';
import { desireFailover } from './desire.ts';
import { failoverInTheWay, observeFailover } from './observe.ts';
import { Failover } from './resource.ts';

/** The members of a cluster taking over from each other (VRRP, by keepalived). */
export const failover: Kind<Failover> = {
  name: 'failover',
  schema: Failover,
  desire: desireFailover,
  observe: observeFailover,
  obstacle: failoverInTheWay,
  // Nothing ends what runs in a namespace that goes: it has to be over before.
  refers: ({ scope, needs }) => [netnsId(scope), ...needs].map((to) => ({ to, diesWith: false })),
  // What it shares it takes along: no plan may have put the same address there before it is over.
  slots: ({ scope, files }) => heldAddresses(files).map((address) => `address:${scope}/${address}`),
  compare: (wanted, found) => differences(wanted, found),
  // It announces addresses: filters and interfaces stand by then.
  stages: (_before, after) => [{ effect: after === undefined ? 'removes' : 'opens', state: after }],
  commands(before, after): readonly Command[] {
    const scope = (after ?? before)?.scope;
    return scope === undefined ? [] : [{ tool: 'service', scope, files: after?.files ?? null }];
  },
  cost: (before, after) => (before !== undefined && after === undefined ? 'reconnect' : 'hitless'),
  // The host's own stack has no part in it.
  touches: () => [],
  describe: ({ scope }) => `failover of ${scope}`,
};

function heldAddresses(files: Failover['files']): readonly string[] {
  return (files['holds'] ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => addressPart(line.slice(line.indexOf(' ') + 1)));
}

function differences(wanted: Failover, found: Failover): readonly FieldDifference[] {
  const names = [...new Set([...Object.keys(wanted.files), ...Object.keys(found.files)])].sort();
  const files = names
    .filter((name) => wanted.files[name] !== found.files[name])
    .map((name) => ({ field: name, expected: wanted.files[name] ?? null, found: found.files[name] ?? null }));
  return sameJson(wanted.running, found.running)
    ? files
    : [...files, { field: 'running', expected: wanted.running, found: found.running }];
}
