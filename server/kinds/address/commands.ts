import type { Command } from '../../flow/command.ts';
import { ip } from '../link-commands.ts';
import type { Address } from './resource.ts';

export function addressCommands(before: Address | undefined, after: Address | undefined): readonly Command[] {
  const there = before?.present === true ? before : undefined;
  if (after?.present !== true) return there === undefined ? [] : [remove(there)];
  if (there === undefined) return [add(after)];
  return there.duplicate ? [remove(there), add(after)] : [];
}

/** `replace`, because an address that is there already is what is wanted. */
function add({ scope, device, address, nodad }: Address): Command {
  return ip(scope, 'addr', 'replace', address, 'dev', device, ...(nodad ? ['nodad'] : []));
}

function remove({ scope, device, address }: Address): Command {
  return ip(scope, 'addr', 'del', address, 'dev', device);
}
