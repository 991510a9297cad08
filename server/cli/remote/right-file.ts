/** Questions about a topology of a server, and what they have in common: its file may be wrong, or doubtful. */
import type { Report } from '../../api/schema/reports.ts';
import { Failure } from '../../core/failure.ts';
import type { Answer } from '../context.ts';
import type { There } from './server.ts';

/**
 * Runs `next` on what the server calls FILE. Where the file is wrong the answer says how, with its lines, as it does here; what is
 * doubtful is shown beside the answer.
 */
export async function onRightFile(
  there: There,
  file: string | undefined,
  next: (name: string) => Promise<Answer>,
): Promise<Answer> {
  const name = await there.nameOf(file);
  const check = (): Promise<Answer> => checkedThere(there, name);
  try {
    const answer = await next(name);
    if (answer.diagnostics === undefined || answer.diagnostics.length === 0) return answer;
    return { ...answer, sources: (await check()).sources ?? [] };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'file-wrong') throw error;
    const { exitCode, diagnostics = [], sources = [] } = await check();
    // The file is right: something else about it was not.
    if (exitCode !== 3) throw error;
    return { document: {}, text: '', diagnostics, sources, exitCode };
  }
}

export async function checkedThere(there: There, name: string): Promise<Answer> {
  return answerOf(await there.call('GET /api/topologies/:name/reports/check', { params: { name } }));
}

export function answerOf({ report, text, exitCode, diagnostics, sources }: Report): Answer {
  return { document: report, text, exitCode, diagnostics: shown(diagnostics), sources };
}

/** A newer server has diagnostics that are not known here: they are shown all the same. */
export function shown(diagnostics: Report['diagnostics']): NonNullable<Answer['diagnostics']> {
  return diagnostics as NonNullable<Answer['diagnostics']>;
}

/** Throws `usage` where an option was given that a server cannot follow. */
export function requireNone(option: string, value: unknown, why = WORKS_ON_ITS_FILES): void {
  if (value === undefined || value === false) return;
  throw new Failure('usage', `${option} does not go together with --server.`, { detail: why });
}

const WORKS_ON_ITS_FILES = 'The server works on the files of its folder, as they are.';
