import { familyOf } from '../core/address.ts';
import type { Probe } from '../flow/probe.ts';
import { nicName } from '../core/nic-name.ts';
import { RULES } from './shape.ts';
import type { NodeShape } from './shape.ts';

type Way = NonNullable<Probe['forcedVia']>;

/**
 * Denials from outside are sent straight to a gateway, whatever a provider would route. Each way has a mark, which its probes
 * carry, and a table that leads there: all of them can be probed at the same time, and nothing else is routed by them.
 */
export interface ForcedWays {
  readonly markOf: (probe: Probe) => number;
  /** The node's shape with the ways added. */
  readonly extend: (shape: NodeShape) => NodeShape;
}

const FIRST_TABLE = 20_000;

export function forcedWays(probes: readonly Probe[]): ForcedWays {
  const ways = new Map<string, Way>();
  for (const { forcedVia } of probes) if (forcedVia !== null) ways.set(keyOf(forcedVia), forcedVia);
  const keys = [...ways.keys()].sort();
  const numberOf = (way: Way): number => keys.indexOf(keyOf(way)) + 1;
  return {
    markOf: ({ forcedVia }) => (forcedVia === null ? 0 : numberOf(forcedVia)),
    extend: (shape) => ({
      ...shape,
      routes: [
        ...shape.routes,
        ...[...ways.values()].map((way) => ({
          to: 'default',
          via: way.via,
          device: nicName(way.network),
          table: FIRST_TABLE + numberOf(way),
        })),
      ],
      rules: [
        ...shape.rules,
        ...[...ways.values()].map((way) => ({
          priority: RULES.first + numberOf(way),
          family: familyOf(way.via),
          source: null,
          mark: numberOf(way),
          table: FIRST_TABLE + numberOf(way),
          specific: false,
        })),
      ],
    }),
  };
}

function keyOf({ network, via }: Way): string {
  return `${network} ${via}`;
}
