import { notYet, type Reading } from '../problem.ts';

/** `${…}`, wherever it stands; `undefined` where the text has none. */
export function expressionProblem(text: string): Reading<never> | undefined {
  const offset = text.indexOf('${');
  return offset < 0
    ? undefined
    : notYet(
        '`${…}`',
        'holds an expression that is worked out when the file is read',
        offset,
        'write the value itself',
      );
}
