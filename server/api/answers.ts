import type { FastifyReply } from 'fastify';
import { Failure, FAILURE_RULES, failureDocument } from '../core/failure.ts';
import type { Conflict, FailureAnswer } from './schema/common.ts';

/** The status follows from the kind of failure, except where HTTP knows more (401, 404, 405 …). */
export function sendFailure(
  reply: FastifyReply,
  failure: Failure,
  status: number = FAILURE_RULES[failure.kind].httpStatus,
): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(failureAnswer(failure)));
}

function failureAnswer(failure: Failure): FailureAnswer {
  const answer: FailureAnswer = { formatVersion: 1, diagnostics: [], failure: failureDocument(failure) };
  return failure instanceof FileChanged ? { ...answer, conflict: failure.conflict } : answer;
}

/** Somebody else wrote the file: what is in it now goes along, so that both can be put together. */
export class FileChanged extends Failure {
  readonly conflict: Conflict;

  constructor(name: string, conflict: Conflict) {
    super('file-changed', `${name} was changed by somebody else meanwhile.`, {
      detail:
        `The text was made from ${conflict.base.slice(0, 12)}, and the file is ${conflict.present.hash.slice(0, 12)} by now. ` +
        'Nothing was written.',
      toDo: ['Put both together, then save again.'],
    });
    this.conflict = conflict;
  }
}
