/** What the kernel tells of changes, heard from outside of whoever makes them: every event names what it was about. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostNamespace } from '../../support/host-namespace.ts';
import { nftEventsProgram } from './nft-events.ts';

export interface Monitor {
  /** All that was told since the last time, of links, addresses, routes, rules, settings and nftables; one line an event. */
  readonly heard: () => Promise<readonly string[]>;
  /** Until nothing more is told: a link comes up some time after it was switched on. */
  readonly quiet: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const [QUIET_MS, QUIET_LOOKS] = [300, 3];

const WORD = 'tl-sentinel';

/** `if29` is a link that has gone with a namespace, some time after that was removed. */
const NO_EVENT = /^$|^inet6? if\d+ |tl-sentinel/;

/** Listens in the host's own stack. */
export async function openMonitor(host: HostNamespace): Promise<Monitor> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-monitor-'));
  const listeners = [
    start(host, ['ip', '-o', 'monitor', 'link', 'address', 'route', 'mroute', 'rule', 'netconf', 'nsid', 'nexthop']),
    start(host, [nftEventsProgram(folder)]),
  ];
  /** Events come in order: when both have told of something new, they have told of all before it. */
  const settle = async (): Promise<void> => {
    for (const each of listeners) each.mark();
    // Asked again, since the first time they may not listen yet.
    while (!listeners.every((each) => each.told())) {
      await host.run('ip', 'link', 'add', 'name', WORD, 'type', 'bridge');
      await host.run('ip', 'link', 'delete', 'dev', WORD);
      await host.run('nft', `add table inet ${WORD}; delete table inet ${WORD}`);
      await sleep(20);
    }
  };
  const heard = async (): Promise<readonly string[]> => {
    await settle();
    return listeners.flatMap((each) => each.take());
  };
  await heard();
  return {
    heard,
    async quiet() {
      for (let still = 0; still < QUIET_LOOKS; still += 1) {
        await sleep(QUIET_MS / QUIET_LOOKS);
        if ((await heard()).length > 0) still = -1;
      }
    },
    async close() {
      await Promise.all(
        listeners.map(async ({ child }) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const gone = once(child, 'exit');
          child.kill('SIGKILL');
          await gone;
        }),
      );
      await rm(folder, { recursive: true });
    },
  };
}

interface Listener {
  readonly child: ChildProcess;
  readonly mark: () => void;
  readonly told: () => boolean;
  readonly take: () => readonly string[];
}

function start(host: HostNamespace, argv: readonly string[]): Listener {
  const [file = '', ...args] = [...host.prefix, ...argv];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  let from = 0;
  child.stdout.on('data', (data: Buffer) => (text += data.toString('latin1')));
  return {
    child,
    mark: () => (from = text.length),
    told() {
      // Nothing will be heard of it any more, however long it is waited for.
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`${argv.join(' ')} has ended: ${String(child.exitCode ?? child.signalCode)}`);
      return text.slice(from).includes(WORD);
    },
    take() {
      const end = text.lastIndexOf('\n') + 1;
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end);
      return lines.filter((line) => !NO_EVENT.test(line));
    },
  };
}
