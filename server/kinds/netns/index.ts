import type { Kind } from '../kind.ts';
import { netnsCommands } from './commands.ts';
import { desireNetns } from './desire.ts';
import { netnsInTheWay, observeNetns } from './observe.ts';
import { Netns } from './resource.ts';

/** The network namespaces that gateways with `runs: netns` live in. */
export const netns: Kind<Netns> = {
  name: 'netns',
  schema: Netns,
  desire: desireNetns,
  observe: observeNetns,
  obstacle: netnsInTheWay,
  refers: () => [],
  slots: ({ name }) => [`netns:${name}`],
  commands: netnsCommands,
  cost: (before, after) => (before !== undefined && after === undefined ? 'reconnect' : 'hitless'),
  // The host's own stack has no part in it.
  touches: () => [],
  standing: ({ name }) => [{ on: 'stack', scope: name }],
  describe: ({ name }) => `namespace ${name}`,
};
