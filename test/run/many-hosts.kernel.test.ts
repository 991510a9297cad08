/** Runs over several hosts: who is changed when, what becomes of the others where one fails, and who is told to keep it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import type { RunResult } from '../../server/flow/run.ts';
import type { HostConnection, HostSession, Program } from '../../server/host/connection.ts';
import { showPlan } from '../../server/plan/document.ts';
import { planModel, runContext } from '../../server/run/apply.ts';
import type { Consent } from '../../server/run/consent.ts';
import { applyPlan } from '../../server/run/plans.ts';
import { confirmRun } from '../../server/run/window.ts';
import { pictureOf } from '../support/clutter.ts';
import { modelOf } from '../support/topologies.ts';
import { openWiredHosts } from '../support/wired-hosts.ts';
import type { WiredHosts } from '../support/wired-hosts.ts';
import { openRunOn } from '../support/window.ts';

const NAMES = ['first', 'second', 'third'] as const;
const LONG_S = 600;

/** Three bridges that have nothing to do with each other. */
const apart = modelOf(`
topology: apart
networks:
${NAMES.map((name, index) => `  lan-${name}: { subnet: 10.3${String(index)}.0.0/24 }`).join('\n')}
hosts:
${NAMES.map((name, index) => `  ${name}: { access: local, bridges: { br-lan: { networks: [lan-${name}] } }, nics: { lan-${name}: 10.3${String(index)}.0.2 } }`).join('\n')}
`);

let wired: WiredHosts;
beforeEach(async () => {
  wired = await openWiredHosts(NAMES);
});
afterEach(async () => {
  await wired.close();
});

type Meddle = (session: HostSession, programs: readonly Program[]) => ReturnType<HostSession['run']>;

/** A host whose every exchange goes through `meddle`. */
function through(name: string, meddle: Meddle): (host: { readonly name: string }) => HostConnection {
  return (host) => {
    const connection = wired.connectionOf(host);
    if (host.name !== name) return connection;
    const open: HostConnection['open'] = async (options) => {
      const session = await connection.open(options);
      return {
        host: session.host,
        started: 0,
        run: (programs) => meddle(session, programs),
        close: () => session.close(),
      };
    };
    return { ...connection, open };
  };
}

const isChange = ({ argv }: Program): boolean => argv[3] === 'trunkline-batch' && argv[5] !== 'true';
const asksTo = ({ argv }: Program, verb: string): boolean => argv[1] === '-s' && argv[2] === verb;

const failing: Meddle = (session, programs) =>
  programs.some(isChange)
    ? Promise.resolve([{ exitCode: 1, stdout: Buffer.alloc(0), stderr: Buffer.from('no') }])
    : session.run(programs);

async function apply(consent: Consent, connectionOf = wired.connectionOf): Promise<RunResult> {
  return applyPlan(showPlan(await planModel(apart, wired.connectionOf)), runContext(apart, connectionOf), consent);
}

const results = ({ hosts }: RunResult): Record<string, string> =>
  Object.fromEntries(hosts.map(({ host, result }) => [host, result]));

const pictures = (): Promise<readonly string[]> =>
  Promise.all([...wired.hosts.values()].map((host) => pictureOf(host)));

describe('a host that fails', () => {
  test('all go back; of those whose turn had not come, nothing was touched', async () => {
    const before = await pictures();
    const result = await apply({ parallel: 1 }, through('second', failing));
    expect(results(result)).toEqual({ first: 'undone', second: 'undone', third: 'not-started' });
    expect(result.hosts.map(({ failure }) => failure?.kind)).toEqual(['step-failed', 'step-failed', undefined]);
    expect(await pictures()).toEqual(before);
  });

  test('with --keep-going the others are kept, and each host says what became of it', async () => {
    const [, before] = await pictures();
    const result = await apply({ parallel: 1, keepGoing: true }, through('second', failing));
    expect(results(result)).toEqual({ first: 'applied', second: 'undone', third: 'applied' });
    expect((await pictures())[1]).toBe(before);
    const left = (await planModel(apart, wired.connectionOf)).hosts.map(({ host, steps }) => [host, steps.length > 0]);
    expect(left).toEqual([
      ['first', false],
      ['second', true],
      ['third', false],
    ]);
  });

  test('a canary that fails ends the run in any case', async () => {
    const before = await pictures();
    const result = await apply({ canary: 'second', keepGoing: true }, through('second', failing));
    expect(results(result)).toEqual({ first: 'not-started', second: 'undone', third: 'not-started' });
    expect(await pictures()).toEqual(before);
  });
});

describe('an armed run', () => {
  test('is not given up by hosts that wait for a slow one', async () => {
    let slept = 0;
    const slow = through('second', async (session, programs) => {
      if (!programs.some(isChange)) return session.run(programs);
      const answers = [];
      for (const program of programs) {
        slept += 1;
        await new Promise((resolve) => setTimeout(resolve, 3000));
        answers.push(...(await session.run([program])));
      }
      return answers;
    });
    // A host gives up after five seconds without a sign of life; the others wait longer for this one.
    const result = await apply({ parallel: 1, confirmWithinS: 1 }, slow);
    expect(slept).toBeGreaterThan(2);
    expect(results(result)).toEqual({ first: 'applied', second: 'applied', third: 'applied' });
  });

  test('is kept by all where one falls silent as it is told to, and can be reached again', async () => {
    const { run } = await apply({ confirmWithinS: LONG_S });
    let silent = true;
    const dying = through('second', async (session, programs) => {
      if (silent && programs.some((each) => asksTo(each, 'keep'))) {
        silent = false;
        await session.close();
        throw new Failure('host-unreachable', 'second was cut off');
      }
      return session.run(programs);
    });
    const kept = await confirmRun(run, NAMES, runContext(apart, dying));
    expect(kept.map(({ result }) => result)).toEqual(['confirmed', 'confirmed', 'confirmed']);
    for (const host of wired.hosts.values()) expect(await openRunOn(host)).toBeNull();
  });

  test('of hosts that are lost between ready and final, each is told what became of it', async () => {
    const { run } = await apply({ confirmWithinS: LONG_S });
    const gone = through('second', async (session, programs) => {
      if (!programs.some((each) => asksTo(each, 'keep'))) return session.run(programs);
      await session.close();
      throw new Failure('host-unreachable', 'second was cut off');
    });
    const late = (host: { readonly name: string }): HostConnection => {
      const connection = gone(host);
      return host.name === 'third' ? through('third', undoneFirst)(host) : connection;
    };
    const undoneFirst: Meddle = async (session, programs) => {
      if (programs.some((each) => asksTo(each, 'keep'))) {
        const [, , , ...rest] = programs[0]?.argv ?? [];
        const [id = ''] = rest;
        await session.run([{ argv: ['sh', '-s', 'undo', id, '999999'], stdin: programs[0]?.stdin ?? '' }]);
      }
      return session.run(programs);
    };
    const failure = await confirmRun(run, NAMES, runContext(apart, late)).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      kind: 'pending',
      inPlace: ['first: confirmed'],
      undone: ['third: undone by itself'],
      toDo: [expect.stringContaining('second does not answer'), expect.stringContaining('Apply again')] as unknown,
    });
  });
});
