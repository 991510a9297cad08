import { test } from 'vitest';
import { sketches } from '../support/random-topology.ts';
import { checkWalks } from '../support/walk.ts';

test('random walks over topologies', async () => {
  await checkWalks(sketches({ vlans: false }), Number(process.env['WALK_RUNS'] ?? 4));
}, 600_000);
