import type { CliContext } from './context.ts';

export interface Ending {
  /** Aborted once it is told to end. */
  readonly signal: AbortSignal;
  /** What is done then, the last one first. At once where it was told before. */
  onEnd(work: () => Promise<void> | void): void;
  end(exitCode: number): void;
  /** Does what is to be done, and listens to signals no more. */
  over(): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How long nothing is said of what is waited for. */
const QUIET_MS = 2_000;

/** What is being made on hosts is brought to its end first; whoever cannot wait says so again. */
export function endOnSignals(context: CliContext): Ending {
  const controller = new AbortController();
  const works: (() => Promise<void> | void)[] = [];
  let closing: Promise<void> | null = null;

  const close = async (): Promise<void> => {
    const timer = setTimeout(() => {
      context.progress(
        'trunkline: it is ending; a run that is being made is brought to its end first; interrupt again to end at once',
      );
    }, QUIET_MS);
    for (let work = works.pop(); work !== undefined; work = works.pop()) await work();
    clearTimeout(timer);
    for (const name of SIGNALS) process.off(name, onSignal);
  };
  // What comes later is done later.
  const begin = (): Promise<void> => (closing = (closing ?? Promise.resolve()).then(close));

  const onSignal = (): void => {
    if (controller.signal.aborted) {
      context.progress('trunkline: ended at once; what was being made on hosts is undone there, or by the next run');
      process.exit(1);
    }
    controller.abort();
    // What is being started ends by itself, and then whoever waits for it ends the rest.
    if (works.length > 0) void begin();
  };
  for (const name of SIGNALS) process.on(name, onSignal);

  return {
    signal: controller.signal,
    onEnd(work) {
      works.push(work);
      if (controller.signal.aborted) void begin();
    },
    end(code) {
      process.exitCode = code;
      controller.abort();
      void begin();
    },
    over: begin,
  };
}
