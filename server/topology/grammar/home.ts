/** `on: gw-x`, a list of hosts that it may be on, or `auto`: any host that carries its networks. */
import { accept, type Reading } from '../problem.ts';
import { AUTO } from './auto.ts';
import { parseReference } from './name.ts';

export function parseHome(text: string): Reading<string> {
  return text === AUTO ? accept(AUTO) : parseReference(text);
}
