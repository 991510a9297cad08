import { historyPath } from '../store/place.ts';
import { connectThisMachine } from '../run/connections.ts';
import { findOpenRun } from '../run/pending.ts';
import type { FoundRun, RunOptions } from '../operator/found-run.ts';

/**
 * The run that is open on this very machine, whoever made it, from wherever: a person at the console of a host can keep it
 * or undo it there.
 */
export async function describeOpenRun(name: string | undefined, { lab }: RunOptions): Promise<FoundRun | undefined> {
  if (lab === true || process.geteuid?.() !== 0) return undefined;
  const open = await findOpenRun(connectThisMachine('this machine'));
  if (open === null || (name !== undefined && open.run !== name)) return undefined;
  return {
    run: open.run,
    topology: open.topology,
    file: null,
    who: open.who,
    started: open.at,
    ended: null,
    hosts: { 'this machine': 'local' },
    leaves: null,
    outcome: open.ready ? 'pending' : 'interrupted',
    until: open.leftMs === null ? null : new Date(Date.now() + open.leftMs).toISOString(),
    place: { path: historyPath(), labFolder: null },
  };
}
