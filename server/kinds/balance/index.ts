import { sameJson } from '../../core/json.ts';
import type { Command } from '../../flow/command.ts';
import type { FieldDifference } from '../../flow/plan.ts';
import type { Kind } from '../kind.ts';
import { netnsId } from '../link-ids.ts';
import { desireHealthChecks } from './desire.ts';
import { healthCheckInTheWay, observeHealthChecks } from './observe.ts';
import { HealthCheck } from './resource.ts';

/** Targets of balanced services being looked after; who gets which connection is in the NAT table. */
export const balance: Kind<HealthCheck> = {
  name: 'balance',
  schema: HealthCheck,
  desire: desireHealthChecks,
  observe: observeHealthChecks,
  obstacle: healthCheckInTheWay,
  // Nothing ends what runs in a namespace that goes: it has to be over before.
  refers: ({ scope, table }) =>
    [...(scope === '' ? [] : [netnsId(scope)]), table].map((to) => ({ to, diesWith: false })),
  compare: differences,
  // Targets are reached when everything stands.
  stages: (_before, after) => [{ effect: after === undefined ? 'removes' : 'opens', state: after }],
  commands(before, after): readonly Command[] {
    const scope = (after ?? before)?.scope;
    return scope === undefined ? [] : [{ tool: 'service', scope, name: 'bash', files: after?.files ?? null }];
  },
  touches: () => [],
  describe: ({ scope, files }) => {
    const count = (files['bash.conf'] ?? '').split('\n').filter((line) => line.startsWith('target ')).length;
    const where = scope === '' ? 'the gateway on the host itself' : scope;
    return `health checks of ${String(count)} targets by ${where} (nftables maps lead to them)`;
  },
};

function differences(wanted: HealthCheck, found: HealthCheck): readonly FieldDifference[] {
  const names = [...new Set([...Object.keys(wanted.files), ...Object.keys(found.files)])].sort();
  const files = names
    .filter((name) => wanted.files[name] !== found.files[name])
    .map((name) => ({ field: name, expected: wanted.files[name] ?? null, found: found.files[name] ?? null }));
  return sameJson(wanted.running, found.running)
    ? files
    : [...files, { field: 'running', expected: wanted.running, found: found.running }];
}
