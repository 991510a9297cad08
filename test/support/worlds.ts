/** Where two Worlds of one topology differ: what is wanted, and what was found, but for what the kernel does by itself. */
import type { Interface, NetworkStack, StackRoute, StackRule, World } from '../../server/flow/world.ts';
import { rulesetOf } from '../../server/reach/world/rules.ts';

export function differences(wanted: World, found: World): readonly string[] {
  const stacks = [...wanted.stacks.values()].flatMap((stack) => {
    const other = found.stacks.get(stack.id);
    if (other === undefined) return [`no stack ${stack.id}`];
    return stack.host === null || stack.sort === 'guest' ? [] : stackDifferences(stack, other);
  });
  const ends = (world: World): readonly string[] =>
    world.wires
      .filter(({ open }) => !open)
      .map((wire) =>
        wire.ends
          .map(({ stack, device }) => `${stack} ${device}`)
          .toSorted()
          .join(' = '),
      )
      .toSorted();
  return [...stacks, ...compared('wires', ends(wanted), ends(found))];
}

function stackDifferences(wanted: NetworkStack, found: NetworkStack): readonly string[] {
  const at = (what: string): string => `${wanted.id}: ${what}`;
  const interfaces = [...wanted.interfaces.values()].flatMap((each) => {
    const other = found.interfaces.get(each.name);
    return other === undefined
      ? [at(`no ${each.name}`)]
      : compared(at(each.name), [interfaceText(each, each)], [interfaceText(other, each)]);
  });
  const settings = [...wanted.settings].filter(([path, value]) => (found.settings.get(path) ?? '0') !== value);
  return [
    ...interfaces,
    ...compared(at('routes'), routeTexts(wanted), routeTexts(found)),
    ...compared(at('rules'), wanted.rules.map(ruleText), found.rules.map(ruleText)),
    ...settings.map(([path, value]) => at(`${path} is not ${value}`)),
    ...compared(at('chains'), chainTexts(wanted), chainTexts(found)),
  ];
}

/** A bridge shows frames to IP or not as the machine has it; a MAC that nobody asks for is chance. */
function interfaceText({ name, up, mac, form, port, vlans, addresses }: Interface, asked: Interface): string {
  const shown = form.type === 'bridge' ? { ...form, callsIp: null } : form;
  const known = addresses.filter((each) => !each.startsWith('fe80:')).toSorted();
  return JSON.stringify([name, up, asked.mac === null ? null : mac, shown, port, vlans, known]);
}

function routeTexts({ routes }: NetworkStack): readonly string[] {
  const own = ({ type, to }: StackRoute): boolean =>
    (type === 'unicast' || type === 'local') && !/^(fe80:|ff00:|127\.)/.test(to);
  return routes
    .filter(own)
    .map(({ family, table, type, to, ways }) => JSON.stringify([family, table, type, to, ways]))
    .toSorted();
}

function ruleText({ family, priority, from, mark, table, suppressed, unknown }: StackRule): string {
  return JSON.stringify([family, priority, from, mark, table, suppressed, unknown]);
}

/** Each rule as it is understood; handles and counters are the kernel's. */
function chainTexts(stack: NetworkStack): readonly string[] {
  const text = (value: unknown): string =>
    JSON.stringify(value, (key, each: unknown) => {
      if (typeof each === 'bigint') return String(each);
      // Members of a set come in whatever order.
      return key === 'entries' && Array.isArray(each) ? each.map(text).toSorted() : each;
    });
  return rulesetOf(stack)
    .tables.flatMap(({ family, name, chains }) =>
      [...chains.values()].flatMap((chain) => [
        `${family} ${name} ${chain.name} ${text(chain.base)}`,
        ...chain.rules.map(
          ({ at, statements }) => `${family} ${name} ${chain.name} ${at.id ?? ''} ${text(statements)}`,
        ),
      ]),
    )
    .toSorted();
}

function compared(what: string, wanted: readonly string[], found: readonly string[]): readonly string[] {
  const [one, other] = [new Set(wanted), new Set(found)];
  return [
    ...wanted.filter((each) => !other.has(each)).map((each) => `${what}: not found ${each}`),
    ...found.filter((each) => !one.has(each)).map((each) => `${what}: not wanted ${each}`),
  ];
}
