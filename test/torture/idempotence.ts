import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostConnection } from '../../server/host/connection.ts';
import type { Kind } from '../../server/kinds/kind.ts';
import { KINDS } from '../../server/kinds/index.ts';
import { showPlan } from '../../server/plan/document.ts';
import { applyModel, desiredStates, planModel, runContext } from '../../server/run/apply.ts';
import { applyPlan, makePlan } from '../../server/run/plans.ts';
import type { Model } from '../../server/flow/model.ts';
import type { RunResult } from '../../server/flow/run.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { subjectModel } from './observation/subject.ts';
import type { Figures, Rig, TortureRow } from './row.ts';
import { nftEventsProgram } from './support/nft-events.ts';

/** Everything that is changed in the host's stack and in its namespaces, by the kernel's own word, until it is closed. */
async function listen(
  host: HostNamespace,
  nftEvents: string,
): Promise<{ readonly heard: () => string; readonly close: () => Promise<void> }> {
  const script = `
    for ns in '' $(ls /run/netns); do
      ip \${ns:+-n "$ns"} monitor link address route rule & pids="$pids $!"
      \${ns:+ip netns exec "$ns"} "$1" & pids="$pids $!"
    done
    for pid in $pids; do
      until grep -q "^[^ ]* *[0-9]* *$pid  *[0-9a-f]*[1-9a-f]" /proc/$pid/net/netlink; do sleep 0.02; done
    done
    echo listening
    cat >/dev/null
    kill $pids
  `;
  const [file, ...args] = [...host.prefix, 'sh', '-c', script, 'listen', nftEvents];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let text = '';
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString('latin1');
      if (text.includes('listening\n')) resolve();
    });
  });
  await ready;
  return {
    heard: () => text.split('listening\n')[1] ?? '',
    close: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

const SETTLED_MS = 1500;

/**
 * Some of it comes five seconds later, with nobody there who does anything (ports of a bridge that has lost others are told of
 * once more). What an apply writes it writes every time.
 */
const MOST_TRIES = 3;

/** The kernel goes on telling of what a run did for a while: carriers, ports that begin to forward. */
async function untilQuiet(heard: () => string): Promise<number> {
  for (let before = -1; before !== heard().length;) {
    before = heard().length;
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  }
  return heard().length;
}

interface Second {
  readonly connection: (host: HostNamespace) => HostConnection;
  readonly kinds: readonly Kind[];
}

const asItIs: Second = { connection: (host) => host.connection, kinds: KINDS };

async function openRig({ connection, kinds }: Second = asItIs): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-idempotence-'));
  const nftEvents = nftEventsProgram(folder);
  const host = await openHostNamespace('here');
  await host.run('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0');
  return {
    async one(seed): Promise<Figures> {
      const model = subjectModel(seed % 7);
      const first = await applyModel(model, () => host.connection);
      assert.equal(first.hosts[0]?.failure, null);
      const listener = await listen(host, nftEvents);
      let said: string;
      let again: RunResult;
      let tries = 0;
      try {
        do {
          tries += 1;
          const quiet = await untilQuiet(listener.heard);
          again = await applyAgain(model, connection(host), kinds);
          await new Promise((resolve) => setTimeout(resolve, 300));
          said = listener.heard().slice(quiet);
        } while (said !== '' && tries < MOST_TRIES);
        assert.equal(said, '', `the second apply wrote something, ${String(tries)} times out of ${String(tries)}`);
        assert.deepEqual([again.hosts[0]?.result, again.hosts[0]?.failure], ['unchanged', null]);
      } finally {
        await listener.close();
      }
      return {
        applied: 1,
        'heard of the first apply later still': tries - 1,
        'objects left alone': (await planModel(model, () => host.connection)).hosts[0]?.unchanged ?? 0,
      };
    },
    async close() {
      await host.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function applyAgain(model: Model, connection: HostConnection, kinds: readonly Kind[]): Promise<RunResult> {
  const context = { ...runContext(model, () => connection), kinds };
  const plan = await makePlan(desiredStates(model), context);
  return applyPlan(showPlan(plan), context);
}

/** Takes every bridge for another than it is, and marks it again. */
const restless = KINDS.map((kind): Kind => {
  if (kind.name !== 'bridge') return kind;
  return {
    ...kind,
    compare: () => [{ field: 'up', expected: true, found: false }],
    stages: (_before, after) => [{ effect: 'builds', state: after }],
    commands: (before, after) => rewritten(after ?? before),
  };
});

function rewritten(after: unknown): ReturnType<Kind['commands']> {
  const { device = '' } = after as { readonly device?: string };
  return [
    { tool: 'ip', scope: '', args: ['link', 'set', 'dev', device, 'alias', `trunkline:1:seen:bridge:${device}`] },
  ];
}

/** Leaves a note on the host whenever a session is opened. */
function meddling(host: HostNamespace): HostConnection {
  return {
    host: 'here',
    async open(options) {
      await host.run('ip', 'link', 'set', 'dev', 'lo', 'alias', options.lock ? 'mine' : 'yours');
      return host.connection.open(options);
    },
  };
}

export const row: TortureRow = {
  invariant: 'I9',
  promise: 'applying the same topology again writes nothing: not one netlink notification',
  unit: 'second applies, listened to',
  target: 500,
  inCi: 3,
  open: () => openRig(),
  mutants: [
    {
      name: 'a kind that finds a difference every time',
      within: 1,
      open: () => openRig({ ...asItIs, kinds: restless }),
    },
    {
      name: 'a session that writes when it is opened',
      within: 1,
      open: () => openRig({ ...asItIs, connection: meddling }),
    },
  ],
};
