/**
 * Signs of life for an armed host that waits for other hosts: its deadline moves on, so that it does not take a run for dead
 * that is only long. Where whoever makes the run dies, the signs end with him.
 */
import { Failure } from '../core/failure.ts';
import type { HostSession } from '../host/connection.ts';
import { inBatch } from './journal.ts';

/** In each window so many: one that comes late is none that is missing. */
const SIGNS_A_WINDOW = 3;

export interface Alive {
  /** Ends the signs; the session is free again then. Answers with why the host is lost, where it is. */
  stop(): Promise<Failure | null>;
}

/** @param begun the last batch that was begun there. @param windowS 0: not armed, and nothing waits there. */
export function keepAlive(session: HostSession, begun: number, windowS: number): Alive {
  let lost: Failure | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let sign: Promise<void> = Promise.resolve();
  const later = (): void => {
    if (windowS === 0 || stopped || lost !== null) return;
    timer = setTimeout(
      () => {
        sign = give().then(later);
      },
      (windowS * 1000) / SIGNS_A_WINDOW,
    );
  };
  const give = async (): Promise<void> => {
    try {
      const [result] = await session.run([inBatch({ argv: ['true'] }, begun)]);
      if (result?.exitCode !== 0) lost = endedThere(session.host);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      lost = error;
    }
  };
  later();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await sign;
      return lost;
    },
  };
}

function endedThere(host: string): Failure {
  return new Failure('pending', `${host} does not go on with the run`, {
    detail: 'It was ended there: somebody rolled it back, or it was too long without a sign of life.',
  });
}
