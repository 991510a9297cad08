/** The operator's end of the socket. */
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import type { FailureDocument } from '../../core/failure.ts';
import { Failure, failureDocument } from '../../core/failure.ts';
import type { Listening, Operator } from '../operator.ts';
import { failureFrom } from './failure.ts';
import { openFrames } from './frames.ts';
import { Asked, MOST_ASKED_BYTES, OPERATIONS } from './operations.ts';
import type { OperationAnswer, OperationAsked, OperationName } from './operations.ts';

export interface ServeSocketOptions {
  /** The web process listens there. */
  readonly onReady: (listens: Listens) => void;
  /** It cannot listen. */
  readonly onFailed: (failure: Failure) => void;
  /** The connection is over; with the reason where the web process did not keep to the rules. */
  readonly onEnd: (reason: string | null) => void;
  readonly report: (error: Error) => void;
}

/** Where the web process is found; `signsIn`: people sign in there, so that no link opens the page. */
export interface Listens {
  readonly url: string;
  readonly port: number;
  readonly signsIn: boolean;
}

export interface ServedSocket {
  /** Asks the web process for a one-time link. */
  newLink(): Promise<string>;
  end(): void;
}

/** Operations that are under way at a time. */
const MOST_AT_ONCE = 64;

type Handlers = {
  readonly [N in OperationName]: (...asked: OperationAsked<N>) => Promise<OperationAnswer<N>>;
};

export function serveSocket(socket: Duplex, operator: Operator, options: ServeSocketOptions): ServedSocket {
  const links: { readonly take: (link: string) => void; readonly fail: (failure: Failure) => void }[] = [];
  let listening: Promise<Listening> | null = null;
  let underWay = 0;

  const frames = openFrames(socket, {
    mostBytes: MOST_ASKED_BYTES,
    onMessage(message) {
      const read = Asked.safeParse(message);
      if (!read.success) {
        frames.send({ id: 0, failure: failureDocument(refused('It is no message that there is.')) });
        return;
      }
      if ('link' in read.data) {
        const { link } = read.data;
        const waits = links.shift();
        if (link === null)
          waits?.fail(new Failure('usage', 'There are users: they sign in, and no link opens the page.'));
        else waits?.take(link);
        return;
      }
      const { id, operation, asked } = read.data;
      void answer(operation, asked).then((told) => {
        frames.send({ id, ...told });
      });
    },
    onEnd(reason) {
      void listening?.then((each) => {
        each.stop();
      });
      void operator.watch([]);
      for (const { fail } of links.splice(0)) fail(new Failure('internal', 'The web process has ended.'));
      options.onEnd(reason);
    },
  });

  const handlers: Handlers = {
    refresh: async () => {
      await operator.refresh();
      return null;
    },
    readFile: (name) => operator.readFile(name),
    parts: (name) => operator.parts(name),
    recordHosts: (...asked) => operator.recordHosts(...asked),
    saveFile: (...asked) => operator.saveFile(...asked),
    createFile: (...asked) => operator.createFile(...asked),
    accepted: (name) => operator.accepted(name),
    accept: (...asked) => operator.accept(...asked),
    plan: (...asked) => operator.plan(...asked),
    apply: (...asked) => operator.apply(...asked),
    confirm: (...asked) => operator.confirm(...asked),
    planBack: (...asked) => operator.planBack(...asked),
    rollback: (...asked) => operator.rollback(...asked),
    runs: (asked) => operator.runs(asked),
    run: (run) => operator.run(run),
    status: (...asked) => operator.status(...asked),
    listen: async () => {
      // The first of those that it is told of is a `reset`, each time.
      await listening?.then((each) => {
        each.stop();
      });
      listening = operator.listen((event) => {
        frames.send({ event });
      });
      await listening;
      return null;
    },
    watch: async (topologies) => {
      await operator.watch(topologies);
      return null;
    },
    ready: (listens) => {
      options.onReady(listens);
      return Promise.resolve(null);
    },
    failed: (failure) => {
      options.onFailed(failureFrom(failure));
      return Promise.resolve(null);
    },
  };

  async function answer(
    operation: string,
    asked: readonly unknown[],
  ): Promise<{ readonly answer: unknown } | { readonly failure: FailureDocument }> {
    if (underWay >= MOST_AT_ONCE)
      return { failure: failureDocument(new Failure('locked', 'Too much is asked for at once.')) };
    underWay += 1;
    try {
      if (!isOperation(operation)) throw refused('There is no such operation.');
      const read = OPERATIONS[operation].asked.safeParse(asked);
      if (!read.success) throw refused(z.prettifyError(read.error));
      // The schema of this very operation has checked what it is called with.
      const handle = handlers[operation] as (...asked: readonly unknown[]) => Promise<unknown>;
      return { answer: await handle(...read.data) };
    } catch (error) {
      if (error instanceof Failure) return { failure: failureDocument(error) };
      options.report(error instanceof Error ? error : new Error(String(error)));
      return {
        failure: failureDocument(
          new Failure('internal', 'The server could not answer.', { detail: 'Its terminal says why.' }),
        ),
      };
    } finally {
      underWay -= 1;
    }
  }

  return {
    newLink() {
      return new Promise((take, fail) => {
        links.push({ take, fail });
        frames.send({ newLink: true });
      });
    },
    end() {
      frames.end();
    },
  };
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}

function refused(detail: string): Failure {
  return new Failure('usage', 'The operator does not take that.', { detail });
}
