/** `even-without: gw-y`, a list of hosts, or `any host`: each in turn. */
import { accept, type Reading } from '../problem.ts';
import { parseReference } from './name.ts';

export const ANY_HOST = 'any host';

export function parseLostHost(text: string): Reading<string> {
  return text === ANY_HOST ? accept(ANY_HOST) : parseReference(text);
}
