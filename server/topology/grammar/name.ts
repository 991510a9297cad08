/** Names of topologies, networks, hosts, guests and gateways: `web1`, `app-net`. */
import { quoted } from '../../core/visible-text.ts';
import { MAX_NAME_LENGTH } from '../limits.ts';
import { accept, refuse, type Reading } from '../problem.ts';

const NAME = /^[a-z][a-z0-9-]*$/;

/** Words that mean something else wherever a name may stand. */
const RESERVED = new Map([
  ['internet', 'it means what lies beyond the external networks'],
  ['any', 'it means any service'],
]);

/** A name that the file gives. */
export function parseName(text: string): Reading<string> {
  const meaning = RESERVED.get(text);
  if (meaning !== undefined) return refuse('invalid-name', `${quoted(text)} can't be a name: ${meaning}.`);
  return parseReference(text);
}

/** A name that the file refers to. */
export function parseReference(text: string): Reading<string> {
  if (text.length > MAX_NAME_LENGTH) {
    return refuse(
      'invalid-name',
      `${quoted(text)} has ${String(text.length)} characters; a name has at most ${String(MAX_NAME_LENGTH)}.`,
    );
  }
  if (NAME.test(text)) return accept(text);
  if (text === '') return refuse('invalid-name', 'A name has at least one letter.');
  const detail = `${quoted(text)} is no name: a name begins with a small letter and goes on with small letters, digits and \`-\`.`;
  return refuse('invalid-name', detail, firstWrong(text), suggestion(text));
}

function firstWrong(text: string): number {
  if (!/^[a-z]/.test(text)) return 0;
  const found = text.search(/[^a-z0-9-]/);
  return Math.max(found, 0);
}

function suggestion(text: string): string | undefined {
  const tamed = text
    .toLowerCase()
    .replace(/[\s._]+/g, '-')
    .replace(/-+$/, '');
  return tamed !== text && NAME.test(tamed) ? `write \`${tamed}\`` : undefined;
}
