/** An address, or `auto`: one is chosen. */
import { accept, type Reading } from '../problem.ts';
import { parseAddress } from './address.ts';

export const AUTO = 'auto';

/** Canonical text of the address, or `auto`. */
export function parseAddressOrAuto(text: string): Reading<string> {
  return text === AUTO ? accept(AUTO) : parseAddress(text);
}
