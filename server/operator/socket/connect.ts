/** The web process's end of the socket: an operator that is another process. */
import type { Duplex } from 'node:stream';
import type { LiveEvent } from '../../api/schema/events.ts';
import { Failure, failureDocument } from '../../core/failure.ts';
import type { Operator } from '../operator.ts';
import { failureFrom } from './failure.ts';
import { openFrames } from './frames.ts';
import { MOST_ANSWERED_BYTES, OPERATIONS, Told } from './operations.ts';
import type { OperationAnswer, OperationAsked, OperationName } from './operations.ts';
import type { Listens } from './serve.ts';

export interface ConnectOptions {
  /** The operator wants a one-time link; `null`: people sign in. */
  readonly newLink: () => string | null;
  /** It is gone: nothing can be done without it. */
  readonly onEnd: () => void;
}

export interface RemoteOperator extends Operator {
  /** Tells it where this process listens. */
  ready(listens: Listens): Promise<void>;
  /** Tells it why it cannot. */
  failed(failure: Failure): Promise<void>;
}

interface Waiting {
  readonly take: (answer: unknown) => void;
  readonly fail: (error: Error) => void;
}

export function connectOperator(socket: Duplex, options: ConnectOptions): RemoteOperator {
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(event: LiveEvent) => void>();
  let last = 0;
  let ended = false;

  const frames = openFrames(socket, {
    mostBytes: MOST_ANSWERED_BYTES,
    onMessage(message) {
      const told = Told.parse(message);
      if ('event' in told) for (const each of listeners) each(told.event);
      else if ('newLink' in told) frames.send({ link: options.newLink() });
      else {
        const asked = waiting.get(told.id);
        waiting.delete(told.id);
        if ('failure' in told) asked?.fail(failureFrom(told.failure));
        else asked?.take(told.answer);
      }
    },
    onEnd() {
      ended = true;
      for (const { fail } of waiting.values()) fail(gone());
      waiting.clear();
      options.onEnd();
    },
  });

  function ask<N extends OperationName>(operation: N, ...asked: OperationAsked<N>): Promise<OperationAnswer<N>> {
    if (ended) return Promise.reject(gone());
    const id = (last += 1);
    return new Promise((resolve, reject) => {
      waiting.set(id, {
        take(answer) {
          const read = OPERATIONS[operation].answer.safeParse(answer);
          if (read.success) resolve(read.data as OperationAnswer<N>);
          else reject(new Error(`The operator answered ${operation} otherwise than agreed.`, { cause: read.error }));
        },
        fail: reject,
      });
      frames.send({ id, operation, asked });
    });
  }

  return {
    refresh: async () => {
      await ask('refresh');
    },
    readFile: (name) => ask('readFile', name),
    parts: (name) => ask('parts', name),
    recordHosts: (...asked) => ask('recordHosts', ...asked),
    saveFile: (...asked) => ask('saveFile', ...asked),
    createFile: (...asked) => ask('createFile', ...asked),
    accepted: (name) => ask('accepted', name),
    accept: (...asked) => ask('accept', ...asked),
    plan: (...asked) => ask('plan', ...asked),
    apply: (...asked) => ask('apply', ...asked),
    confirm: (...asked) => ask('confirm', ...asked),
    planBack: (...asked) => ask('planBack', ...asked),
    rollback: (...asked) => ask('rollback', ...asked),
    runs: (asked) => ask('runs', asked),
    run: (run) => ask('run', run),
    status: (...asked) => ask('status', ...asked),
    async listen(listener) {
      listeners.add(listener);
      await ask('listen');
      return { stop: () => listeners.delete(listener) };
    },
    watch: async (topologies) => {
      await ask('watch', [...topologies]);
    },
    ready: async (listens) => {
      await ask('ready', listens);
    },
    failed: async (failure) => {
      await ask('failed', failureDocument(failure));
    },
    close() {
      frames.end();
      return Promise.resolve();
    },
  };
}

function gone(): Failure {
  return new Failure('internal', 'The operator is gone.', {
    detail: 'The process that acts on hosts has ended. Start trunkline serve again.',
  });
}
