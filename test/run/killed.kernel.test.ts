import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyModel, destroyModel } from '../../server/run/apply.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import { hostPicture } from '../support/picture.ts';
import { modelOf, smallOffice } from '../support/topologies.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');
const POINTS = Number(process.env['KILL_POINTS'] ?? 8);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-killed-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** How long a whole apply takes here, so that the kills fall into it on any machine. */
async function lifetimeMs(argv: readonly string[], killAfterMs: number | null): Promise<number> {
  const [program = '', ...args] = argv;
  const started = performance.now();
  const env = { ...process.env, XDG_STATE_HOME: folder };
  const child = spawn(program, args, { stdio: 'ignore', detached: true, env });
  const gone = once(child, 'exit');
  if (killAfterMs !== null) {
    await new Promise((resolve) => setTimeout(resolve, killAfterMs));
    // The whole group: Trunkline, its session on the host, and what that is just running.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  }
  await gone;
  return performance.now() - started;
}

test('killed at any moment, the next apply converges, and destroy leaves nothing', async () => {
  const file = join(folder, 'small.yaml');
  await writeFile(file, smallOffice({ guests: 40 }));
  const model = modelOf(smallOffice({ guests: 40 }));
  let whole = 0;
  for (let point = 0; point <= POINTS; point += 1) {
    const host = await openHostNamespace('here');
    try {
      await host.run('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0');
      await host.run('ip', 'link', 'add', 'name', 'eno1', 'type', 'veth', 'peer', 'name', 'cable');
      for (const device of ['eno1', 'cable']) await host.run('ip', 'link', 'set', 'dev', device, 'up');
      const before = await hostPicture(host);
      const argv = [...host.prefix, process.execPath, MAIN, 'apply', '--yes', file];
      // The first one lives, and tells how long that takes; Node's start, during which nothing happens, is left out.
      if (point === 0) whole = await lifetimeMs(argv, null);
      else await lifetimeMs(argv, whole * (0.3 + (0.7 * point) / POINTS));
      const run = await applyModel(model, () => host.connection);
      expect(run.hosts[0]?.failure, `killed at point ${String(point)}`).toBeNull();
      const gone = await destroyModel(model, () => host.connection);
      expect(gone.hosts[0]?.failure).toBeNull();
      expect(await hostPicture(host)).toBe(before);
    } finally {
      await host.close();
    }
  }
}, 300_000);
