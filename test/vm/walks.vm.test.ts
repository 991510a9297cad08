import { test } from 'vitest';
import { sketches } from '../support/random-topology.ts';
import { checkWalks } from '../support/walk.ts';

test('random walks over topologies with VLANs', async () => {
  await checkWalks(sketches({ vlans: true }), Number(process.env['WALK_RUNS'] ?? 1));
}, 1_200_000);
