/** The watchdog on the host by itself: when it decides, and what it needs. What it does when all else is killed is in test/torture. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HostSession } from '../../server/host/connection.ts';
import { connectThrough } from '../../server/host/runner.ts';
import { endOfRun, holdWindow, JOURNAL_FORMAT, journalPrograms, keepRun, openRun } from '../../server/run/journal.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { hostPicture } from '../support/picture.ts';
import { modelOf, smallOffice } from '../support/topologies.ts';
import { applyWith, ownTraces, prepareHost, untilOver } from '../support/window.ts';

const RACES = Number(process.env['CONFIRM_RACES'] ?? 24);

let host: HostNamespace;
let folder: string;
beforeEach(async () => {
  host = await openHostNamespace('here');
  await prepareHost(host);
  folder = await mkdtemp(join(tmpdir(), 'trunkline-watchdog-'));
});
afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

/** A run whose undoing leaves a mark, and nothing else. */
async function armMarked(session: HostSession, run: string, windowS: number): Promise<void> {
  const meta = { formatVersion: JOURNAL_FORMAT, run, topology: 'small', who: 'test', at: '' };
  const program = { argv: ['sh', '-c', 'cat >>/run/undone'], stdin: `${run}\n` };
  const results = await session.run(
    journalPrograms({ meta, undo: [{ after: 0, program, deletes: 0 }], windowS, over: null }),
  );
  expect(results.at(-1)).toMatchObject({ exitCode: 0 });
}

describe('the race at the deadline', () => {
  test('has exactly one outcome, and whoever asks is told the same', async () => {
    const hosts = await Promise.all([1, 2, 3, 4].map(() => openHostNamespace('here')));
    const outcomes: string[] = [];
    try {
      await Promise.all(
        hosts.map(async (each, place) => {
          for (let race = place; race < RACES; race += hosts.length) outcomes.push(await raceOn(each, race));
        }),
      );
    } finally {
      await Promise.all(hosts.map((each) => each.close()));
    }
    expect(outcomes).toHaveLength(RACES);
    // The first is confirmed at once, the last long after the deadline: the rest may fall either way.
    expect(new Set(outcomes)).toEqual(new Set(['kept', 'undone']));
  });

  async function raceOn(each: HostNamespace, race: number): Promise<string> {
    const run = `race-${String(race)}`;
    const session = await each.connection.open({ lock: true });
    try {
      await armMarked(session, run, 1);
      expect((await holdWindow(session, run, 1)).ended).toBeNull();
    } finally {
      await session.close();
    }
    const person = await each.connection.open({ lock: true });
    try {
      const left = (await openRun(person))?.leftMs ?? 0;
      // Around the deadline, by the time that asking takes here: from 60 ms before it to 20 ms after.
      const waitMs = race < 4 ? 0 : race >= RACES - 4 ? left + 1500 : left - 60 + ((race * 7) % 80);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
      const { ended } = await keepRun(person, run, 'confirmed').catch(() => ({ ended: 'cut' as const }));
      const confirmed = ended === null;
      await untilOver(each);
      const session = await each.connection.open({ lock: false });
      const told = await endOfRun(session, run);
      await session.close();
      const marks = await each.run('sh', '-c', 'grep -cx "$1" /run/undone || :', 'sh', run).catch(() => '0');
      expect([told, marks.trim() === '' ? '0' : marks.trim()], run).toEqual(
        confirmed ? ['kept', '0'] : ['undone', '1'],
      );
      return told;
    } finally {
      await person.close();
    }
  }
});

describe('what it needs', () => {
  /** Tools that the scripts on a host may call. Node is not among them. */
  const TOOLS = [
    'sh',
    'ip',
    'bridge',
    'nft',
    'mv',
    'rm',
    'rmdir',
    'mkdir',
    'mktemp',
    'cat',
    'head',
    'tail',
    'wc',
    'tr',
    'cut',
    'grep',
    'sed',
    'sleep',
    'sync',
    'flock',
    'setsid',
    'env',
  ];

  test('no Node, no Trunkline, no network, and no clock that is right', async () => {
    const before = await hostPicture(host);
    for (const tool of TOOLS) {
      const path = (await host.run('sh', '-c', 'command -v "$1"', 'sh', tool)).trim();
      await symlink(path, join(folder, tool));
    }
    // A clock that jumps between 1970 and 2255 with every look.
    await writeFile(join(folder, 'date'), '#!/bin/sh\necho $((($$ % 2) * 9000000000))\n', { mode: 0o755 });
    await host.run('ip', 'link', 'set', 'dev', 'lo', 'down');
    const bare = connectThrough('here', [
      ...host.prefix,
      'env',
      '-i',
      `PATH=${folder}`,
      'sh',
      '-c',
      'exec "$@"',
      'bare',
    ]);
    await host.run('ip', 'link', 'set', 'dev', 'lo', 'up');
    const model = modelOf(smallOffice());
    const result = await applyWith(model, () => bare, { confirmWithinS: 1 });
    expect(result.hosts, JSON.stringify(result.hosts[0]?.failure)).toMatchObject([
      { result: 'applied', verified: true, confirmed: false },
    ]);
    await untilOver(host);
    expect(await hostPicture(host)).toBe(before);
  });

  test('nor the lock of the host, where somebody holds it and does nothing', async () => {
    const before = await hostPicture(host);
    const { run } = await applyWith(modelOf(smallOffice()), () => host.connection, { confirmWithinS: 600 });
    const holder = await host.connection.open({ lock: true });
    await host.run('sh', '-c', 'echo 1 >/run/trunkline/run/deadline');
    await untilOver(host);
    await holder.close();
    expect(await hostPicture(host)).toBe(before);
    expect(await ownTraces(host, run)).toBe('ended\nholder\nlock');
  });

  test('nor that what the run was doing comes to its end: it is ended, with its session', async () => {
    const before = await hostPicture(host);
    // The first batch that goes forward never ends.
    await writeFile(
      join(folder, 'ip'),
      '#!/bin/sh\ncase "$*" in *-force*) ;; *-batch*) head -n 3 | /usr/sbin/ip "$@"; exec sleep 3600 ;; esac\nexec /usr/sbin/ip "$@"\n',
      { mode: 0o755 },
    );
    const path = `PATH=${folder}:/usr/sbin:/usr/bin:/sbin:/bin`;
    const hanging = connectThrough('here', [...host.prefix, 'env', path]);
    const result = await applyWith(modelOf(smallOffice()), () => hanging, { confirmWithinS: 1 });
    expect(result.hosts).toMatchObject([{ result: 'undone', failure: { kind: 'host-unreachable' } }]);
    expect(await hostPicture(host)).toBe(before);
    expect(await ownTraces(host, result.run)).toBe('ended\nholder\nlock');
  });
});
