/** A run that a server makes, followed to its end. */
import type { LiveEvent } from '../../api/schema/events.ts';
import type { Plan } from '../../api/schema/plan.ts';
import type { RunEntry } from '../../api/schema/runs.ts';
import { Failure } from '../../core/failure.ts';
import type { RunResult } from '../../flow/run.ts';
import type { CliContext } from '../context.ts';
import { changingHosts, showingHosts } from '../many-hosts.ts';
import type { Listening } from './events.ts';
import { failureThere } from './server.ts';
import type { There } from './server.ts';

interface Begun {
  readonly run: string;
  readonly plan: Pick<Plan, 'hosts'>;
}

/**
 * Shows how far it comes, as a run here does, and answers with its result. Throws what it failed with where nothing was begun.
 * The run is the server's: whoever stops looking stops nothing.
 */
export async function followRun(
  there: There,
  listening: Listening,
  { run, plan }: Begun,
  context: CliContext,
): Promise<RunResult> {
  const hosts = changingHosts(plan);
  try {
    await showingHosts(hosts, context, ({ progress, at, count }) => {
      const over = new Set<string>();
      return listening.until((event) => {
        if (event.type === 'output' && event.run === run) progress?.(event.text);
        if (event.type === 'progress' && event.run === run) {
          at?.(event.host, event.stage);
          if (event.done === event.of && over.size !== over.add(event.host).size)
            count?.('hosts applied', over.size, hosts.length);
        }
        return isOver(event, run);
      });
    });
  } catch (error) {
    throw goesOn(there, run, error);
  }
  return resultOf(there, run);
}

/** Also where it was not heard how it ended, but how things stand by now. */
function isOver(event: LiveEvent, name: string): true | undefined {
  const runs = event.type === 'run' ? [event.run] : event.type === 'reset' ? event.runs : [];
  return runs.some(({ run, outcome }: RunEntry) => run === name && outcome !== 'running') ? true : undefined;
}

async function resultOf(there: There, run: string): Promise<RunResult> {
  const { result, failed } = await there.call('GET /api/runs/:run', { params: { run } });
  // The shape is ours; a newer server may have kinds of failures that are not known here, which are shown all the same.
  if (result !== null) return result as RunResult;
  if (failed !== null) throw failureThere(failed);
  throw new Failure('history', `The server does not know what became of run ${run}.`, {
    detail: 'It was begun, and its end was not written down.',
    toDo: [lookAt(there, run)],
  });
}

function goesOn(there: There, run: string, error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  return new Failure(error.kind, error.message, {
    detail: `Run ${run} goes on there, whether it is looked at or not.${error.detail === undefined ? '' : ` ${error.detail}`}`,
    toDo: [lookAt(there, run)],
    cause: error,
  });
}

function lookAt({ origin }: There, run: string): string {
  return `See what became of it: trunkline history ${run} --server ${origin}`;
}
