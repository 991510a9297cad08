/** What becomes of a run that is armed: kept by a confirmation that comes in time, undone by the host itself in every other case. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import type { RunResult } from '../../server/flow/run.ts';
import type { HostConnection } from '../../server/host/connection.ts';
import { connectThrough } from '../../server/host/runner.ts';
import { showPlan } from '../../server/plan/document.ts';
import { destroyModel, emptyStates, planModel, runContext } from '../../server/run/apply.ts';
import { applyPlan, makePlan } from '../../server/run/plans.ts';
import { confirmRun, rollbackRun } from '../../server/run/window.ts';
import { pictureOf } from '../support/clutter.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { modelOf, smallOffice } from '../support/topologies.ts';
import { applyWith, openRunOn, ownTraces, prepareHost, untilOver } from '../support/window.ts';

let host: HostNamespace;
beforeEach(async () => {
  host = await openHostNamespace('here');
  await prepareHost(host);
});
afterEach(async () => {
  await host.close();
});

const model = modelOf(smallOffice());
const here = (): HostConnection => host.connection;
const context = runContext(model, here);
const LONG_S = 600;

const apply = (confirmWithinS: number): Promise<RunResult> => applyWith(model, here, { confirmWithinS });

describe('a run that waits for confirmation', () => {
  test('stands, says until when, and is kept once it is confirmed', async () => {
    const { run, hosts } = await apply(LONG_S);
    expect(hosts).toMatchObject([{ result: 'applied', verified: true, confirmed: false, failure: null }]);
    expect(Date.parse(hosts[0]?.until ?? '')).toBeGreaterThan(Date.now());
    expect(await openRunOn(host)).toMatchObject({ run, topology: 'small', ready: true, watched: true });
    const standing = await pictureOf(host);
    expect(await confirmRun(run, ['here'], context)).toMatchObject([
      { host: 'here', result: 'confirmed', problems: [] },
    ]);
    expect(await openRunOn(host)).toBeNull();
    expect(await pictureOf(host)).toBe(standing);
    expect(await ownTraces(host, run)).toBe('borrowed\nended\nholder\nkept\nlock');
    // A second word for the same is no harm, and taking back what is kept is refused.
    expect(await confirmRun(run, ['here'], context)).toHaveLength(1);
    await expect(rollbackRun(run, ['here'], context)).rejects.toMatchObject({ kind: 'pending' });
    expect((await planModel(model, here)).hosts[0]?.steps).toEqual([]);
  });

  test('is undone by the host itself where nobody confirms it, and cannot be confirmed any more', async () => {
    const before = await pictureOf(host);
    const { run } = await apply(1);
    await untilOver(host);
    expect(await pictureOf(host)).toBe(before);
    expect(await ownTraces(host, run)).toBe('ended\nholder\nlock');
    await expect(confirmRun(run, ['here'], context)).rejects.toMatchObject({
      kind: 'pending',
      detail: expect.stringContaining('undone') as string,
    });
  });

  test('goes back to what was, not to nothing', async () => {
    await applyWith(model, here, {});
    const before = await pictureOf(host);
    const other = modelOf(smallOffice({ guests: 5, more: '  - { allow: 25/tcp, from: lan, to: internet }' }));
    const { run } = await applyWith(other, here, { confirmWithinS: LONG_S });
    expect(await pictureOf(host)).not.toBe(before);
    expect(await rollbackRun(run, ['here'], context)).toMatchObject([{ host: 'here', result: 'undone', problems: [] }]);
    expect(await pictureOf(host)).toBe(before);
    await destroyModel(model, here);
  });

  test('a destroy that nobody confirms puts everything back', async () => {
    await applyWith(model, here, {});
    const before = await pictureOf(host);
    const plan = await makePlan(emptyStates('small', ['here']), context);
    const { run } = await applyPlan(showPlan(plan), context, { confirmWithinS: LONG_S });
    expect(await pictureOf(host)).not.toBe(before);
    expect(await rollbackRun(run, ['here'], context)).toMatchObject([{ host: 'here', result: 'undone', problems: [] }]);
    expect((await planModel(model, here)).hosts[0]?.steps).toEqual([]);
  });

  test('a guest that had taken its end is found waiting for it again', async () => {
    await applyWith(model, here, {});
    const port = [...model.hosts.values()].flatMap(({ attachments }) => attachments)[0];
    const free = port?.peer?.device ?? '';
    await host.run('sh', '-c', 'ip netns add guest && ip link set dev "$1" netns guest name eth0', 'sh', free);
    const fewer = modelOf(smallOffice({ guests: 1 }).replace('g1:', 'other:').replaceAll('-> g1', '-> other'));
    const { run } = await applyWith(fewer, here, { confirmWithinS: LONG_S });
    expect(await host.run('ip', '-n', 'guest', '-o', 'link')).not.toContain('eth0');
    expect(await rollbackRun(run, ['here'], context)).toMatchObject([{ host: 'here', result: 'undone', problems: [] }]);
    // The address that the end had in its guest is the one thing that nobody on the host could know.
    const left = (await planModel(model, here)).hosts[0]?.steps ?? [];
    expect(left.map(({ action, resource }) => [action, resource])).toEqual([['change', `veth:${port?.device ?? ''}`]]);
    expect(await host.run('ip', '-o', 'link', 'show', 'dev', free)).toContain(port?.device ?? 'no port');
  });

  test('is the only one: another is refused with its name, who and what to do', async () => {
    const { run } = await apply(LONG_S);
    const standing = await pictureOf(host);
    const refused = await applyWith(modelOf(smallOffice({ guests: 3 })), here, {}).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      kind: 'pending',
      detail: expect.stringMatching(
        new RegExp(`${run} of small, by \\S+@\\S+, begun at .* undoes it by itself in \\d+ s`),
      ) as string,
      toDo: [`Keep it: trunkline confirm ${run}`, `Or undo it now: trunkline rollback ${run}`],
    });
    await expect(destroyModel(model, here)).rejects.toMatchObject({ kind: 'pending' });
    expect(await pictureOf(host)).toBe(standing);
    await rollbackRun(run, ['here'], context);
    expect((await applyWith(model, here, {})).hosts).toMatchObject([{ result: 'applied' }]);
  });
});

describe('a way to the host that can be lost', () => {
  test('is confirmed over a new connection, and nothing waits then', async () => {
    const opened: string[] = [];
    const counting = (): HostConnection => ({
      host: 'here',
      canLosePath: true,
      open: (options) => {
        opened.push('open');
        return host.connection.open(options);
      },
    });
    const result = await applyWith(model, counting, {});
    expect(result.hosts).toMatchObject([{ result: 'applied', verified: true, confirmed: true, until: null }]);
    expect(await openRunOn(host)).toBeNull();
    // To plan, to write, to confirm.
    expect(opened).toHaveLength(3);
    expect((await planModel(model, here)).hosts[0]?.steps).toEqual([]);
    expect(await ownTraces(host, result.run)).toBe('borrowed\nended\nholder\nkept\nlock');
  });

  test('is given back by the host itself where no new connection comes', async () => {
    const before = await pictureOf(host);
    let opened = 0;
    const cut: HostConnection = {
      host: 'here',
      canLosePath: true,
      open: (options) => {
        opened += 1;
        if (opened <= 2) return host.connection.open(options);
        return Promise.reject(new Failure('host-unreachable', 'here does not answer'));
      },
    };
    const result = await applyWith(model, () => cut, {});
    expect(result.hosts).toMatchObject([
      {
        result: 'failed',
        confirmed: false,
        until: expect.any(String) as string,
        failure: { kind: 'host-unreachable' },
      },
    ]);
    expect(result.hosts[0]?.failure?.toDo.join(' ')).toMatch(/goes back by itself at 20/);
    // It would take its minute: the deadline is brought forward as the watchdog reads it, as if the time had passed.
    await host.run('sh', '-c', 'echo 1 >/run/trunkline/run/deadline');
    await untilOver(host);
    expect(await pictureOf(host)).toBe(before);
  });
});

describe('where the journal cannot be laid down', () => {
  test('a full disk is found before the first write', async () => {
    await host.run('sh', '-c', 'mkdir -p /run/trunkline && mount -t tmpfs -o size=16k none /run/trunkline');
    const before = await pictureOf(host);
    const failure = await apply(LONG_S).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'journal', detail: expect.stringMatching(/[Nn]o space/) as string });
    expect(await pictureOf(host)).toBe(before);
    expect(await openRunOn(host)).toBeNull();
  });

  test('on one of two hosts, neither is touched', async () => {
    const other = await openHostNamespace('there');
    try {
      await prepareHost(other);
      await other.run('sh', '-c', 'mkdir -p /run/trunkline && mount -t tmpfs -o size=16k none /run/trunkline');
      const before = [await pictureOf(host), await pictureOf(other)];
      const failure = await applyWith(twoHosts, on(other), { confirmWithinS: LONG_S }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ kind: 'journal' });
      expect([await pictureOf(host), await pictureOf(other)]).toEqual(before);
      expect(await openRunOn(host)).toBeNull();
    } finally {
      await other.close();
    }
  });
});

const twoHosts = modelOf(`
topology: pair
networks:
  lan: { subnet: 10.20.0.0/16 }
hosts:
  here:
    access: local
    bridges: { br-lan: { ports: [{ eno1: { fabric: street } }], networks: [lan] } }
    nics: { lan: 10.20.255.2 }
  there:
    access: local
    bridges: { br-lan: { ports: [{ eno1: { fabric: street } }], networks: [lan] } }
    nics: { lan: 10.20.255.3 }
`);

const on =
  (other: HostNamespace) =>
  (name: string): HostConnection =>
    name === 'here' ? host.connection : other.connection;

describe('two hosts', () => {
  let other: HostNamespace;
  beforeEach(async () => {
    other = await openHostNamespace('there');
    await prepareHost(other);
  });
  afterEach(async () => {
    await other.close();
  });
  const both = async (): Promise<readonly string[]> => [await pictureOf(host), await pictureOf(other)];

  test('are confirmed together', async () => {
    const { run, hosts } = await applyWith(twoHosts, on(other), { confirmWithinS: LONG_S });
    expect(hosts.map(({ confirmed }) => confirmed)).toEqual([false, false]);
    await confirmRun(
      run,
      ['here', 'there'],
      runContext(twoHosts, ({ name }) => on(other)(name)),
    );
    expect([await openRunOn(host), await openRunOn(other)]).toEqual([null, null]);
  });

  test('where one has gone back, the other is not kept either', async () => {
    const before = await both();
    const { run } = await applyWith(twoHosts, on(other), { confirmWithinS: LONG_S });
    const reach = runContext(twoHosts, ({ name }) => on(other)(name));
    await rollbackRun(run, ['there'], reach);
    await expect(confirmRun(run, ['here', 'there'], reach)).rejects.toMatchObject({
      kind: 'pending',
      message: expect.stringContaining('on there') as string,
    });
    expect(await openRunOn(host)).toMatchObject({ run, ready: true });
    expect(await rollbackRun(run, ['here', 'there'], reach)).toHaveLength(2);
    expect(await both()).toEqual(before);
  });

  test('where one fails, both go back', async () => {
    await other.run(
      'sh',
      '-c',
      'mount -t tmpfs none /mnt && printf "#!/bin/sh\\ncase \\"\\$*\\" in *-force*) ;; *-batch*) exit 2 ;; esac; exec /usr/sbin/ip \\"\\$@\\"\\n" >/mnt/ip && chmod +x /mnt/ip',
    );
    const failing = connectThrough('there', [...other.prefix, 'env', 'PATH=/mnt:/usr/sbin:/usr/bin:/sbin:/bin']);
    const before = await both();
    const result = await applyWith(twoHosts, (name) => (name === 'here' ? host.connection : failing), {
      confirmWithinS: LONG_S,
    });
    expect(result.hosts).toMatchObject([{ result: 'undone' }, { result: 'undone', failure: { kind: 'step-failed' } }]);
    expect(await both()).toEqual(before);
    expect([await openRunOn(host), await openRunOn(other)]).toEqual([null, null]);
  });
});
