import type { Model } from '../flow/model.ts';
import { runContext } from '../run/apply.ts';
import { describeRun, findOpenRun } from '../run/pending.ts';
import { rollbackRun } from '../run/window.ts';
import { labConnection } from './enter.ts';
import type { Lab } from './lab.ts';
import { eachLimited } from './tool.ts';

const HOSTS_AT_ONCE = 8;

/**
 * Runs on the lab's hosts that wait to be confirmed, or whose end nobody saw: each is undone now, since bringing the lab up
 * makes it what the topology says, whatever was tried in it before.
 */
export async function undoOpenRuns(model: Model, lab: Lab, say: (line: string) => void): Promise<void> {
  await eachLimited([...model.hosts.values()], HOSTS_AT_ONCE, async (host) => {
    const open = await findOpenRun(labConnection(lab, host));
    // One that broke off without a watchdog is taken over by the next run.
    if (open === null || open.leftMs === null) return;
    say(`${host.name}: undone: ${describeRun(open)}`);
    await rollbackRun(
      open.run,
      [host.name],
      runContext(model, (each) => labConnection(lab, each)),
    );
  });
}
