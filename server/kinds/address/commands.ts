import type { Command } from '../../flow/command.ts';
import { ip } from '../link-commands.ts';
import type { Address } from './resource.ts';

export function addressCommands(before: Address | undefined, after: Address | undefined): readonly Command[] {
  if (after !== undefined && before?.duplicate === true) return [remove(before), add(after)];
  if (after !== undefined) return before === undefined ? [add(after)] : [];
  return before === undefined ? [] : [remove(before)];
}

/** `replace`, because an address that is there already is what is wanted. */
function add({ scope, device, address, nodad }: Address): Command {
  return ip(scope, 'addr', 'replace', address, 'dev', device, ...(nodad ? ['nodad'] : []));
}

function remove({ scope, device, address }: Address): Command {
  return ip(scope, 'addr', 'del', address, 'dev', device);
}
