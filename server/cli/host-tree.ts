/**
 * What a person sees of a run over several hosts on a terminal: a line a host with what is being done to it. Loaded when it is
 * needed, and only then: it is a tenth of a second.
 */
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { HostStage } from '../run/context.ts';

export interface HostTree {
  readonly at: (host: string, stage: HostStage) => void;
  /** Leaves the tree as it is, for what is written next. */
  close(): Promise<void>;
}

/** How the line of a host is left, if nothing more is told of it. */
const GOOD: ReadonlySet<HostStage> = new Set(['applied', 'kept']);

interface Line {
  title: string;
  readonly end: (problem?: Error) => void;
  stage: HostStage;
}

/** @param terminal standard error; nothing ever goes to standard output. */
export function openHostTree(hosts: readonly string[], terminal: NodeJS.WriteStream): HostTree {
  const lines = new Map<string, Line>();
  const list = new Listr(
    hosts.map((host) => ({
      title: titleOf(host, 'ready'),
      task: (_context: unknown, task: { title: string }) =>
        new Promise<void>((resolve, reject) => {
          lines.set(host, {
            get title() {
              return task.title;
            },
            set title(text) {
              task.title = text;
            },
            stage: 'ready',
            end(problem) {
              if (problem === undefined) resolve();
              else reject(problem);
            },
          });
        }),
    })),
    {
      concurrent: true,
      exitOnError: false,
      renderer: 'default',
      // What else is written meanwhile comes behind the tree.
      rendererOptions: {
        logger: new ListrLogger({ processOutput: new ProcessOutput(terminal, terminal), toStderr: [] }),
        collapseErrors: false,
        showErrorMessage: false,
      },
    },
  );
  const shown = list.run();
  return {
    at(host, stage) {
      const line = lines.get(host);
      if (line === undefined) return;
      line.stage = stage;
      line.title = titleOf(host, stage);
    },
    async close() {
      for (const line of lines.values()) line.end(GOOD.has(line.stage) ? undefined : new Error(line.stage));
      await shown;
    },
  };
}

function titleOf(host: string, stage: HostStage): string {
  return `${host}: ${stage}`;
}
