import { test } from 'vitest';
import { checkWalk, walkModels } from '../support/walk.ts';

test('random walks over topologies with VLANs', async () => {
  const walks = Number(process.env['WALK_RUNS'] ?? 1);
  for (let seed = 1; seed <= walks; seed += 1) await checkWalk(walkModels(seed, 3, { vlans: true }));
}, 1_200_000);
