import type { Model } from '../../server/flow/model.ts';
import type { RunResult } from '../../server/flow/run.ts';
import type { HostConnection } from '../../server/host/connection.ts';
import { showPlan } from '../../server/plan/document.ts';
import { planModel, runContext } from '../../server/run/apply.ts';
import { openRun } from '../../server/run/journal.ts';
import type { OpenRun } from '../../server/run/journal.ts';
import { applyPlan } from '../../server/run/plans.ts';
import type { Consent } from '../../server/run/plans.ts';
import type { HostNamespace } from './host-namespace.ts';

/** A host with a port of its own, and addresses that are there at once. */
export async function prepareHost(host: HostNamespace): Promise<void> {
  await host.run('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0');
  await host.run('ip', 'link', 'add', 'name', 'eno1', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'cable');
  for (const device of ['eno1', 'cable']) await host.run('ip', 'link', 'set', 'dev', device, 'up');
}

export async function applyWith(
  model: Model,
  connectionOf: (host: string) => HostConnection,
  consent: Consent,
): Promise<RunResult> {
  const plan = await planModel(model, ({ name }) => connectionOf(name));
  return applyPlan(
    showPlan(plan),
    runContext(model, ({ name }) => connectionOf(name)),
    consent,
  );
}

export async function openRunOn(host: HostNamespace): Promise<OpenRun | null> {
  const session = await host.connection.open({ lock: false });
  try {
    return await openRun(session);
  } finally {
    await session.close();
  }
}

/** Until the host has nothing open any more; generous, for a machine that is starved. */
export async function untilOver(host: HostNamespace, limitMs = 50_000): Promise<void> {
  const limit = Date.now() + limitMs;
  while ((await openRunOn(host)) !== null) {
    if (Date.now() > limit) throw new Error('the run is still open');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What Trunkline keeps for itself on the host, and its processes there. */
export async function ownTraces(host: HostNamespace, run: string): Promise<string> {
  const files = await host.run('sh', '-c', 'ls /run/trunkline; ls /run | grep "^trunkline[.]"; exit 0');
  const processes = await host.run(
    'sh',
    '-c',
    'for each in /proc/[0-9]*/cmdline; do tr "\\0" " " <"$each" 2>/dev/null | grep "script watch $1"; done; exit 0',
    'sh',
    run,
  );
  return `${files}\n${processes}`.trim();
}
