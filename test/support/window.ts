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

/** By the network namespace that they are in: `/proc` shows those of every other host namespace too. */
const WATCHDOGS = `mine=$(readlink /proc/self/ns/net)
for each in /proc/[0-9]*; do
  [ "$(readlink "$each/ns/net" 2>/dev/null)" = "$mine" ] || continue
  said=$(tr '\\0' ' ' 2>/dev/null <"$each/cmdline" | grep "script watch $1") || continue
  "$2" "$said" "\${each#/proc/}"
done
exit 0`;

/** Ends the watchdogs of a run that would otherwise outlive their host. */
export async function endWatchdogs(host: HostNamespace, run: string): Promise<void> {
  await host.run('sh', '-c', `end() { kill -KILL "$2" 2>/dev/null || :; }\n${WATCHDOGS}`, 'sh', run, 'end');
}

/** What Trunkline keeps for itself on the host, and its processes there that do not end soon. */
export async function ownTraces(host: HostNamespace, run: string): Promise<string> {
  const files = await host.run('sh', '-c', 'ls /run/trunkline; ls /run | grep "^trunkline[.]"; exit 0');
  let processes = '';
  // A watchdog that has told how the run ended is there for a moment longer.
  for (let look = 0; look < 30; look += 1) {
    if (look > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    processes = await host.run('sh', '-c', `show() { echo "$1"; }\n${WATCHDOGS}`, 'sh', run, 'show');
    if (processes.trim() === '') break;
  }
  return `${files}\n${processes}`.trim();
}
