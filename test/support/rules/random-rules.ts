/**
 * Random rules in the whole grammar that is understood, as text for `nft -f`: one rule, set or map a line, so that a line that
 * nft refuses can be left out. The router that they are for is that of `router.ts`.
 */
import type { Chance } from '../chance.ts';
import { randomMatch } from './random-matches.ts';
import { address, port, ports, spans4, spans6 } from './random-values.ts';
import { PORTS } from './router.ts';

export interface InChain {
  readonly table: 'ip' | 'ip6' | 'inet' | 'netdev' | 'bridge';
  readonly hook: string;
  readonly nat: boolean;
  /** Chains that it may jump to: only forward, so that nothing goes in circles. */
  readonly targets: readonly string[];
  /** Before conntrack. */
  readonly raw: boolean;
}

const FILTER_PRIORITIES = [-350, -300, -250, -150, -120, -50, 0, 10, 50, 90] as const;

export function randomRuleset(from: Chance): string {
  const tables = [
    'inet',
    ...(from.oneIn(3) ? ['ip'] : []),
    ...(from.oneIn(3) ? ['ip6'] : []),
    ...(from.oneIn(3) ? ['netdev'] : []),
  ] as const;
  const priority = freePriorities(from);
  return tables.flatMap((family, index) => tableLines(from, family as InChain['table'], index, priority)).join('\n');
}

/** No two chains of a hook have the same one: the kernel would have to be asked which of them comes first. */
export function freePriorities(from: Chance): (hook: string) => number {
  const priorities = new Map<string, number[]>();
  return (hook) => {
    const left = priorities.get(hook) ?? [...FILTER_PRIORITIES];
    priorities.set(hook, left);
    return left.splice(from.upTo(left.length), 1)[0] ?? 0;
  };
}

/** Where a base chain hangs. */
interface Hooked {
  readonly hook: string;
  /** Of `ingress` and `egress`. */
  readonly device?: string;
}

function hooksOf(from: Chance, family: InChain['table']): readonly Hooked[] {
  if (family === 'netdev')
    return PORTS.flatMap((device) => [
      ...(from.oneIn(2) ? [{ hook: 'ingress', device }] : []),
      ...(from.oneIn(3) ? [{ hook: 'egress', device }] : []),
    ]);
  const own = ['prerouting', 'forward', 'input', 'postrouting'].filter((hook) => hook === 'forward' || from.oneIn(3));
  const early = family === 'inet' && from.oneIn(4) ? [{ hook: 'ingress', device: from.pick(PORTS) }] : [];
  return [...own.map((hook) => ({ hook })), ...early];
}

/** Rules of a switch: of the bridge itself, and of its ports. */
export function randomSwitchRules(from: Chance): string {
  const priority = freePriorities(from);
  const early = [{ hook: 'ingress', device: from.pick(PORTS) }];
  return [
    ...tableLines(from, 'bridge', 0, priority),
    ...(from.oneIn(2) ? tableLines(from, 'netdev', 1, priority) : []),
    ...(from.oneIn(3) ? tableLines(from, 'inet', 2, priority, early) : []),
  ].join('\n');
}

/** @param only the hooks that it has chains on; where absent, some that its family may have. */
function tableLines(
  from: Chance,
  family: InChain['table'],
  index: number,
  priority: (hook: string) => number,
  only?: readonly Hooked[],
): readonly string[] {
  const regular = Array.from({ length: 1 + from.upTo(3) }, (_, number) => `r${String(number)}`);
  const lines = [`table ${family} t${String(index)} {`, ...setLines(from, family, regular)];
  for (const name of regular) lines.push(`chain ${name} {`, '}');
  const chains: { readonly name: string; readonly rules: number; readonly in: InChain }[] = [];
  regular.forEach((name, at) => {
    const inChain = { table: family, hook: 'any', nat: false, targets: regular.slice(at + 1), raw: false };
    chains.push({ name, rules: 1 + from.upTo(4), in: inChain });
  });
  for (const { hook, device } of only ?? hooksOf(from, family)) {
    const hidden = from.oneIn(6) ? '-hidden' : '';
    const name = `f-${hook}${device === undefined ? '' : `-${device}${hidden}`}`;
    const at = priority(`${family === 'bridge' ? 'bridge ' : ''}${hook} ${device ?? ''}`);
    const policy = from.oneIn(device === undefined ? 3 : 8) ? 'drop' : 'accept';
    const place = device === undefined ? hook : `${hook} device "${device}"`;
    lines.push(`chain ${name} {`, `type filter hook ${place} priority ${String(at)}; policy ${policy};`, '}');
    const inChain = { table: family, hook, nat: false, targets: regular, raw: hook === 'prerouting' && at < -200 };
    chains.push({ name, rules: 1 + from.upTo(6), in: inChain });
  }
  const natHooks =
    family === 'netdev' || family === 'bridge' || only !== undefined ? [] : ['prerouting', 'postrouting', 'input'];
  for (const hook of natHooks.filter((each) => from.oneIn(each === 'input' ? 6 : 2))) {
    const name = `n-${hook}`;
    const at = (hook === 'prerouting' ? -100 : 100) + index * 3 - 2;
    lines.push(`chain ${name} {`, `type nat hook ${hook} priority ${String(at)};`, '}');
    chains.push({ name, rules: 1 + from.upTo(3), in: { table: family, hook, nat: true, targets: [], raw: false } });
  }
  lines.push('}');
  for (const chain of chains) {
    for (let made = 0; made < chain.rules; made += 1)
      lines.push(`add rule ${family} t${String(index)} ${chain.name} ${randomRule(from, chain.in)}`);
  }
  return lines;
}

function randomRule(from: Chance, inChain: InChain): string {
  const matches = Array.from({ length: from.upTo(4) }, () => randomMatch(from, inChain));
  return [...matches, inChain.nat ? translation(from, inChain) : action(from, inChain)].join(' ');
}

function action(from: Chance, { table, hook, targets, raw }: InChain): string {
  const verdicts = ['accept', 'accept', 'drop', 'drop', 'return', 'continue'];
  switch (from.upTo(12)) {
    case 0:
    case 1:
      if (targets.length > 0) return `counter ${from.pick(['jump', 'goto'])} ${from.pick(targets)}`;
      break;
    case 2:
      return `counter meta mark set ${String(from.upTo(8))}`;
    case 3:
      return `counter meta mark set meta mark and 0x${from.bits(4).toString(16)} or 0x${from.bits(4).toString(16)}`;
    case 4:
      return from.oneIn(2) && table !== 'netdev' && table !== 'bridge'
        ? `counter ct mark set ${String(from.upTo(8))}`
        : 'counter meta mark set tcp dport map { 22 : 1, 80-90 : 2, 1000-2000 : 3 }';
    case 5:
      if (table !== 'ip6') return `ip saddr vmap { ${vmap(from, spans4(from, 3), targets)} }`;
      break;
    case 6:
      return `tcp dport vmap { ${vmap(from, ports(from, 3), targets)} }`;
    case 7:
      if (table !== 'ip6') return 'ip daddr vmap @vm';
      break;
    case 8:
      if (raw && from.oneIn(2)) return 'counter notrack';
      if (hook === 'forward' || hook === 'input') return 'counter reject';
      break;
    case 9:
      if (hook === 'forward') return 'meta l4proto tcp counter reject with tcp reset';
      break;
  }
  return `counter ${from.pick(verdicts)}`;
}

function vmap(from: Chance, keys: readonly string[], targets: readonly string[]): string {
  const verdict = (): string =>
    from.pick(['accept', 'drop', 'return', 'continue', ...targets.flatMap((each) => [`jump ${each}`, `goto ${each}`])]);
  return keys.map((key) => `${key} : ${verdict()}`).join(', ');
}

function translation(from: Chance, { table, hook }: InChain): string {
  const six = table === 'ip6' || (table === 'inet' && from.oneIn(3));
  const to = (): string => address(from, six ? 6 : 4);
  const bracketed = (): string => (six ? `[${to()}]` : to());
  const word = six ? 'ip6' : 'ip';
  const source = hook !== 'prerouting';
  switch (from.upTo(source ? 4 : 8)) {
    case 0:
      return `counter ${source ? 'snat' : 'dnat'} ${word} to ${to()}`;
    case 1:
      return `meta l4proto ${from.pick(['tcp', 'udp'])} counter ${source ? 'snat' : 'dnat'} ${word} to ${bracketed()}:${String(port(from))}`;
    case 2:
      return from.oneIn(2) ? 'counter accept' : 'counter return';
    case 3:
      return source && hook === 'postrouting'
        ? 'counter masquerade'
        : `counter ${source ? 'snat' : 'dnat'} ${word} to ${to()}`;
    case 4:
      return 'counter redirect';
    case 5:
      return `tcp dport ${ports(from, 1)[0] ?? '22'} counter redirect to :${String(port(from))}`;
    case 6:
      return 'counter dnat ip to ip daddr . tcp dport map @dm';
    default:
      return 'counter dnat ip to ip daddr map @da';
  }
}

function setLines(from: Chance, family: InChain['table'], targets: readonly string[]): readonly string[] {
  const list = (values: readonly string[]): string => values.join(', ');
  const four = [
    `set s4 { type ipv4_addr; flags interval; elements = { ${list(spans4(from, 5))} }; }`,
    `set c4 { type ipv4_addr . inet_service; flags interval; elements = { ${list(spans4(from, 3).map((each) => `${each} . ${ports(from, 1)[0] ?? '1'}`))} }; }`,
    `map vm { type ipv4_addr : verdict; flags interval; elements = { ${vmap(from, spans4(from, 4), targets)} }; }`,
    `map da { type ipv4_addr : ipv4_addr; flags interval; elements = { ${list(spans4(from, 3).map((each) => `${each} : ${address(from, 4)}`))} }; }`,
    `map dm { type ipv4_addr . inet_service : ipv4_addr . inet_service; elements = { ${list([1, 2, 3].map((number) => `10.1.${String(number)}.7 . ${String(port(from))} : ${address(from, 4)} . ${String(port(from))}`))} }; }`,
  ];
  const six = [`set s6 { type ipv6_addr; flags interval; elements = { ${list(spans6(from, 4))} }; }`];
  const both = [
    `set p { type inet_service; flags interval; elements = { ${list(ports(from, 4))} }; }`,
    `set l { type inet_proto . inet_service; elements = { tcp . ${String(port(from))}, udp . ${String(port(from))} }; }`,
  ];
  return [...(family === 'ip6' ? [] : four), ...(family === 'ip' ? [] : six), ...both];
}
