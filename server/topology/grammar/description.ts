/** `description: Two app networks behind a gateway`: free text. Lines are joined, so that it fits wherever it is shown. */
import { MAX_DESCRIPTION_LENGTH } from '../limits.ts';
import { accept, refuse, type Reading } from '../problem.ts';

/** Control bytes, and marks that turn the reading direction of what stands beside them. */
const FORBIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

export function parseDescription(text: string): Reading<string> {
  const joined = text.trim().replace(/[ \t]*[\r\n\t][\s]*/g, ' ');
  const wrong = FORBIDDEN.exec(joined);
  if (wrong !== null) {
    const code = wrong[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    return refuse('invalid-description', `It holds the character U+${code}, which is not text.`, 0, 'remove it');
  }
  if (joined.length > MAX_DESCRIPTION_LENGTH) {
    const detail = `It has ${String(joined.length)} characters; at most ${String(MAX_DESCRIPTION_LENGTH)} are kept.`;
    return refuse('invalid-description', detail, 0, 'shorten it, and put the rest into comments');
  }
  return accept(joined);
}
