import type { FastifyReply } from 'fastify';
import type { Failure, FailureDocument } from '../core/failure.ts';
import { FAILURE_RULES, failureDocument } from '../core/failure.ts';
import type { FailureAnswer } from './schema/common.ts';

/** The status follows from the kind of failure, except where HTTP knows more (401, 404, 405 …). */
export function sendFailure(
  reply: FastifyReply,
  failure: Failure,
  status: number = FAILURE_RULES[failure.kind].httpStatus,
): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(failureAnswer(failureDocument(failure))));
}

function failureAnswer(failure: FailureDocument): FailureAnswer {
  return { formatVersion: 1, diagnostics: [], failure };
}
