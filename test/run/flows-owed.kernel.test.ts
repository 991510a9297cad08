/** Flows of runs that did not come to their end: killed before they were cut, or undone, by a person or by the host itself. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HostConnection } from '../../server/host/connection.ts';
import { connectThrough } from '../../server/host/runner.ts';
import type { RunResult } from '../../server/flow/run.ts';
import { applyModel, runContext } from '../../server/run/apply.ts';
import { showPlan } from '../../server/plan/document.ts';
import { applyPlan, makePlan } from '../../server/run/plans.ts';
import { keptOn, statesBefore } from '../../server/run/state-before.ts';
import { rollbackRun } from '../../server/run/window.ts';
import { startServers, startTalker } from '../support/flows/talk.ts';
import type { Talker } from '../support/flows/talk.ts';
import { applyWith, openRunOn, untilOver } from '../support/window.ts';
import { buildYard, yardModel } from '../support/yard.ts';
import type { Yard } from '../support/yard.ts';

const LONG_S = 600;

const wide = yardModel();
const narrow = yardModel((text) =>
  text
    .replace('from: [filters, internet], to: rules', 'from: [filter2, internet], to: rules')
    .replace(/.*198.51.100.12:25.*\n/, ''),
);
/** Of those, both are covered by `wide`, and by `narrow` one of them. */
const CUT = 'open cut tcp 10.50.0.11 10.50.1.10 5432';
const LIVES = 'open lives tcp 10.50.0.12 10.50.1.10 5432';

let yard: Yard;
const talkers = new Map<string, Talker>();
const here = (): HostConnection => connectThrough('server', yard.host.prefix);
const context = runContext(wide, here);

beforeAll(async () => {
  yard = await buildYard(false);
  await applyModel(wide, here);
  for (const [name, { namespace }] of await yard.attach(wide)) {
    await startServers(yard.scratch, namespace, name, [5432]);
    talkers.set(name, startTalker(yard.scratch, namespace));
  }
  await yard.host.run('sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_loose=0');
});
afterAll(async () => {
  await yard.close();
});

// Flows of earlier tests that are over are flows still, for two minutes.
beforeEach(() => yard.host.run('conntrack', '-F'));

async function say(who: string, line: string): Promise<string> {
  return (await talkers.get(who)?.say(line)) ?? 'nobody is called so';
}

async function openBoth(): Promise<void> {
  expect(await say('filter1', CUT)).toBe('rules');
  expect(await say('filter2', LIVES)).toBe('rules');
}

async function answers(): Promise<readonly string[]> {
  return [await say('filter1', 'ask cut'), await say('filter2', 'ask lives')];
}

/** As if the process that applies were killed: the session ends right before flows are read, and nothing comes after it. */
async function applyKilledBeforeFlows(): Promise<void> {
  await new Promise<void>((killed, failed) => {
    const connection = here();
    const dying: HostConnection = {
      ...connection,
      async open(options) {
        const session = await connection.open(options);
        return {
          ...session,
          async run(programs) {
            if (!programs.some(({ argv }) => argv.includes('perl'))) return session.run(programs);
            await session.close();
            killed();
            return new Promise(() => undefined);
          },
        };
      },
    };
    applyModel(narrow, () => dying).then(() => {
      failed(new Error('it came to its end'));
    }, failed);
  });
}

function flowsOf({ hosts }: RunResult): unknown {
  return hosts.map(({ result, failure, flows }) => ({ result, failure, flows }));
}

describe('a run that is killed before it has cut', () => {
  test('leaves it to the next apply, which has nothing else to do', async () => {
    await applyModel(wide, here);
    await openBoth();
    await applyKilledBeforeFlows();
    expect(await answers()).toEqual(['rules', 'rules']);
    const flows = [{ scope: '', cut: 1, kept: expect.any(Number) as number, undecided: 0 }];
    expect(flowsOf(await applyModel(narrow, here))).toEqual([{ result: 'unchanged', failure: null, flows }]);
    expect(await answers()).toEqual(['silence', 'rules']);
    expect(await openRunOn(yard.host)).toBeNull();
    expect(flowsOf(await applyModel(narrow, here))).toEqual([{ result: 'unchanged', failure: null, flows: undefined }]);
    expect(await yard.host.run('ls', '/run/trunkline')).not.toMatch(/^owed$/m);
  });

  test('or to one that changes something else', async () => {
    await applyModel(wide, here);
    await openBoth();
    await applyKilledBeforeFlows();
    const other = yardModel((text) =>
      text
        .replace('from: [filters, internet], to: rules', 'from: [filter2, internet], to: rules')
        .replace(/.*198.51.100.12:25.*\n/, '')
        .replace('80/tcp, from: filters', '[80/tcp, 443/tcp], from: filters'),
    );
    const run = await applyModel(other, here);
    expect(flowsOf(run)).toMatchObject([{ result: 'applied', failure: null, flows: [{ cut: 1 }] }]);
    expect(await answers()).toEqual(['silence', 'rules']);
  });

  test('loses none where it is taken back instead', async () => {
    await applyModel(wide, here);
    await openBoth();
    await applyKilledBeforeFlows();
    const open = await openRunOn(yard.host);
    const undone = await rollbackRun(open?.run ?? '', ['server'], context);
    expect(undone).toMatchObject([{ result: 'undone', problems: [], flows: [{ scope: '', cut: 0 }] }]);
    expect(await answers()).toEqual(['rules', 'rules']);
  });
});

describe('a run that is undone takes along what only its rules had let in', () => {
  test('where a person rolls it back', async () => {
    await applyModel(narrow, here);
    const { run } = await applyWith(wide, here, { confirmWithinS: LONG_S });
    await openBoth();
    const undone = await rollbackRun(run, ['server'], context);
    expect(undone).toMatchObject([{ result: 'undone', problems: [], flows: [{ scope: '', cut: 1, undecided: 0 }] }]);
    expect(await answers()).toEqual(['silence', 'rules']);
  });

  test('where a run that was kept is rolled back', async () => {
    await applyModel(narrow, here);
    const { run } = await applyModel(wide, here);
    await openBoth();
    const about = { run, topology: 'yard', hosts: ['server'] };
    const plan = await makePlan(statesBefore(about, await keptOn(about, context), []), context);
    expect(flowsOf(await applyPlan(showPlan(plan), context))).toMatchObject([
      { result: 'applied', flows: [{ cut: 1 }] },
    ]);
    expect(await answers()).toEqual(['silence', 'rules']);
  });

  test('where the host undoes it by itself: with whoever comes next, who may be asked for nothing else', async () => {
    await applyModel(narrow, here);
    const { run } = await applyWith(wide, here, { confirmWithinS: LONG_S });
    await openBoth();
    await yard.host.run('sh', '-c', 'echo 1 >/run/trunkline/run/deadline');
    await untilOver(yard.host);
    // The host has taken the rules back, and knows nothing of flows.
    expect(await say('filter1', 'open new tcp 10.50.0.11 10.50.1.10 5432')).toBe('silence');
    // Given up, so that it does not try again once it may.
    await say('filter1', 'open new udp 10.50.0.11 10.50.0.12 9');
    expect(await answers()).toEqual(['rules', 'rules']);
    expect(await rollbackRun(run, ['server'], context)).toMatchObject([{ result: 'undone', flows: [{ cut: 1 }] }]);
    expect(await answers()).toEqual(['silence', 'rules']);
  });

  test('and the next apply does the same', async () => {
    await applyModel(narrow, here);
    await applyWith(wide, here, { confirmWithinS: LONG_S });
    await openBoth();
    await yard.host.run('sh', '-c', 'echo 1 >/run/trunkline/run/deadline');
    await untilOver(yard.host);
    expect(flowsOf(await applyModel(narrow, here))).toMatchObject([{ result: 'unchanged', flows: [{ cut: 1 }] }]);
    expect(await answers()).toEqual(['silence', 'rules']);
  });

  test('not where it is kept', async () => {
    await applyModel(narrow, here);
    await applyModel(wide, here);
    await openBoth();
    expect(flowsOf(await applyModel(wide, here))).toMatchObject([{ result: 'unchanged', flows: undefined }]);
    expect(await answers()).toEqual(['rules', 'rules']);
  });
});

test('flows that cannot be judged are told, and stay owed until they can', async () => {
  await applyModel(wide, here);
  await openBoth();
  const connection = here();
  const blind: HostConnection = {
    ...connection,
    async open(options) {
      const session = await connection.open(options);
      return {
        ...session,
        run: (programs) =>
          session.run(programs.map((each) => (each.argv.includes('perl') ? { argv: ['perl-is-not-there'] } : each))),
      };
    },
  };
  const run = await applyModel(narrow, () => blind);
  expect(flowsOf(run)).toMatchObject([{ result: 'applied', flows: [{ scope: '', cut: null, kept: null }] }]);
  expect(run.hosts[0]?.flows?.[0]?.note).toMatch(/could not be cut/);
  expect(await answers()).toEqual(['rules', 'rules']);
  expect(flowsOf(await applyModel(narrow, here))).toMatchObject([{ result: 'unchanged', flows: [{ cut: 1 }] }]);
  expect(await answers()).toEqual(['silence', 'rules']);
});
