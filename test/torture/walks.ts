import type { HostNamespace } from '../support/host-namespace.ts';
import { checkWalk, walkModels } from '../support/walk.ts';
import type { Rig, TortureRow } from './row.ts';

const LENGTH = 4;

function rig(spoil?: (host: HostNamespace) => Promise<unknown>): Promise<Rig> {
  return Promise.resolve({
    async one(seed) {
      await checkWalk(walkModels(seed, LENGTH), spoil === undefined ? {} : { spoil });
      // Each apply of the walk, the same again, the fresh build, and the destroy.
      return {
        'topologies applied': LENGTH + 1,
        'empty second plans': LENGTH + 1,
        'comparisons with a fresh build': 1,
      };
    },
    close: () => Promise.resolve(),
  });
}

export const walks: TortureRow = {
  invariant: 'I10',
  promise: 'a state is the same whatever way led to it, and a second apply changes nothing',
  unit: 'walks over four random topologies',
  target: 1250,
  inCi: 2,
  open: () => rig(),
  mutants: [
    {
      name: 'a link of an earlier topology stays',
      within: 1,
      open: () => rig((host) => host.run('ip', 'link', 'add', 'name', 'stale', 'type', 'bridge').catch(() => '')),
    },
    {
      name: 'a setting of an earlier topology stays',
      within: 1,
      open: () => rig((host) => host.run('sysctl', '-qw', 'net.ipv4.conf.lo.rp_filter=2')),
    },
    {
      name: 'a bridge that does not come up',
      within: 1,
      open: () => rig((host) => host.run('ip', 'link', 'set', 'dev', 'br-under', 'down')),
    },
  ],
};
