import type { Command } from '../../flow/command.ts';
import { ROUTE_PROTOCOL } from '../../flow/mark.ts';
import { ip } from '../link-commands.ts';
import { MAIN_TABLE } from '../link-routing.ts';
import type { Route } from './resource.ts';

/** `replace` loses no packet, where deleting and adding lost four in ten; and for IPv6 `add` refuses another router. */
export function routeCommands(before: Route | undefined, after: Route | undefined): readonly Command[] {
  if (after !== undefined) return [line('replace', after)];
  return before === undefined ? [] : [line('del', before)];
}

function line(verb: string, { scope, to, via, device, table, protocol }: Route): Command {
  const where = table === MAIN_TABLE ? [] : ['table', String(table)];
  return ip(scope, 'route', verb, to, 'via', via, 'dev', device, 'proto', protocol ?? String(ROUTE_PROTOCOL), ...where);
}
