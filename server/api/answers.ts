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

/** For a person who opened the address without a link. Says nothing about what is behind it. */
export function sendSignInPage(reply: FastifyReply, reason: string): FastifyReply {
  return reply
    .code(401)
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Trunkline</title>` +
        `<h1>Trunkline</h1><p>${reason}</p><p>Use the link that was printed when the server was started. ` +
        `It works once; type r and Enter in that terminal for a new one.</p></html>`,
    );
}
