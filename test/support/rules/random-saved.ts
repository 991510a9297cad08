/** Random rules as text for `iptables-restore`, each table of the newer or the older sort. */
import type { Chance } from '../chance.ts';
import { address, port, spans4, spans6 } from './random-values.ts';
import type { SavedRules, Sort } from './saved.ts';

const HOOKS: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD'],
};

interface InChain {
  readonly family: 4 | 6;
  readonly table: string;
  /** `null` for a chain of one's own. */
  readonly hook: string | null;
  readonly targets: readonly string[];
}

/** @param size rules a chain, at most. */
export function randomSaved(from: Chance, size: number): SavedRules {
  const of = (family: 4 | 6): Readonly<Record<Sort, string>> => {
    const text = { nft: '', legacy: '' };
    const only = from.oneIn(3) ? null : from.pick(['nft', 'legacy'] as const);
    for (const table of Object.keys(HOOKS)) {
      if (table !== 'filter' && !from.oneIn(2)) continue;
      text[only ?? from.pick(['nft', 'legacy'] as const)] += tableText(from, family, table, size);
    }
    return text;
  };
  return { 4: of(4), 6: from.oneIn(2) ? of(6) : { nft: '', legacy: '' } };
}

function tableText(from: Chance, family: 4 | 6, table: string, size: number): string {
  const own = Array.from({ length: from.upTo(4) }, (_, number) => `own-${String(number)}`);
  const lines = [`*${table}`];
  const hooks = (HOOKS[table] ?? []).filter((hook) => hook === 'FORWARD' || !from.oneIn(3));
  for (const hook of hooks) lines.push(`:${hook} ${table !== 'nat' && from.oneIn(4) ? 'DROP' : 'ACCEPT'} [0:0]`);
  for (const name of own) lines.push(`:${name} - [0:0]`);
  const write = (chain: string, inChain: InChain): void => {
    for (let left = from.upTo(size + 1); left > 0; left -= 1) lines.push(`-A ${chain} ${randomRule(from, inChain)}`);
  };
  for (const hook of hooks) write(hook, { family, table, hook, targets: own });
  own.forEach((name, at) => {
    write(name, { family, table, hook: null, targets: own.slice(at + 1) });
  });
  return `${[...lines, 'COMMIT'].join('\n')}\n`;
}

function randomRule(from: Chance, inChain: InChain): string {
  const protocol = from.pick([...['tcp', 'tcp', 'udp', 'tcp', ''], inChain.family === 4 ? 'icmp' : 'icmpv6', '47']);
  const own = protocol === '' ? '' : `-p ${protocol}`;
  const matches = [own, ...Array.from({ length: from.upTo(4) }, () => randomMatch(from, inChain, protocol))];
  if (protocol === '' && from.oneIn(4)) matches.push(`! -p ${from.pick(['tcp', 'udp'])}`);
  return [...once(matches), randomTarget(from, inChain, protocol)].filter((each) => each !== '').join(' ');
}

/** iptables takes an option of its own only once in a rule. */
function once(matches: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return matches.filter((each) => {
    const words = each.split(' ').filter((word) => word !== '!');
    const key = words[0] === '-m' ? (words[1] ?? '') : (words[0] ?? '');
    const fresh = !seen.has(key);
    seen.add(key);
    return fresh;
  });
}

const not = (from: Chance): string => (from.oneIn(4) ? '! ' : '');
const some = (from: Chance, words: readonly string[]): string => {
  const picked = words.filter(() => from.oneIn(3));
  return (picked.length > 0 ? picked : [from.pick(words)]).join(',');
};

function prefix(from: Chance, family: 4 | 6): string {
  if (from.oneIn(8)) return family === 4 ? `0.0.0.${from.pick(['1', '7'])}/0.0.0.255` : '::1/::ff';
  const spans = family === 4 ? spans4(from, 3) : spans6(from, 3);
  return spans.find((each) => !each.includes('-')) ?? address(from, family);
}

/** `80`, `80:90`, `:90`, `80:` */
function portSpan(from: Chance): string {
  const [low = 1, high = 1] = [port(from), port(from)].toSorted((a, b) => a - b);
  return from.pick([
    String(low),
    String(high),
    `${String(low)}:${String(high)}`,
    `:${String(high)}`,
    `${String(low)}:`,
  ]);
}

function randomMatch(from: Chance, { family, hook, table }: InChain, protocol: string): string {
  const n = not(from);
  const kinds = [
    () => `${n}-s ${prefix(from, family)}`,
    () => `${n}-d ${prefix(from, family)}`,
    () => (hook === 'POSTROUTING' || hook === null ? '' : `${n}-i ${from.pick(['a0', 'a+', 'c0', 'b0', 'c1'])}`),
    () => (hook === 'POSTROUTING' || hook === 'FORWARD' ? `${n}-o ${from.pick(['b0', 'b+', 'c0', 'a0'])}` : ''),
    () => transport(from, protocol),
    () => transport(from, protocol),
    () => transport(from, protocol),
    () => `-m mark ${n}--mark ${from.pick(['0', '1', '0x2/0x3', '0x0/0x1', '4/4'])}`,
    () => `-m connmark ${n}--mark ${from.pick(['0', '1', '0x2/0x3'])}`,
    () => `-m iprange ${n}--${from.pick(['src', 'dst'])}-range ${range(from, family)}`,
    () => (table === 'raw' ? '' : conntrack(from, family)),
    () =>
      table === 'raw'
        ? ''
        : `-m state ${n}--state ${some(from, ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'])}`,
    () => `-m addrtype ${n}--dst-type ${some(from, ['LOCAL', 'UNICAST', 'MULTICAST'])}`,
    () => (family === 4 ? `-m length ${n}--length ${from.pick(['0:40', '45', '41:60', '50:65535'])}` : ''),
    () => `-m dscp ${n}--dscp ${from.pick(['0', '10'])}`,
    () => (family === 4 ? `${n}-f` : ''),
    () =>
      from.oneIn(5)
        ? `-m comment --comment ${from.pick(['plain', '"two words"', '-x', String.raw`"a \"quoted\" \\ one"`])}`
        : '',
    () => (from.oneIn(8) ? chancy(from, family, table) : ''),
  ];
  return from.pick(kinds)();
}

function range(from: Chance, family: 4 | 6): string {
  const text = (family === 4 ? spans4(from, 6) : spans6(from, 6)).find((each) => each.includes('-'));
  return text ?? address(from, family);
}

function transport(from: Chance, protocol: string): string {
  const n = not(from);
  if (protocol === 'icmp')
    return `-m icmp ${n}--icmp-type ${from.pick(['8', '8/0', '8/1', '0', '3/4', 'any'].slice(0, n === '' ? 6 : 5))}`;
  if (protocol === 'icmpv6') return `-m icmp6 ${n}--icmpv6-type ${from.pick(['128', '128/0', '128/1', '1/4'])}`;
  if (protocol !== 'tcp' && protocol !== 'udp') return '';
  const list = Array.from({ length: 1 + from.upTo(4) }, () => String(port(from)));
  switch (from.upTo(protocol === 'tcp' ? 6 : 4)) {
    case 0:
      return `-m multiport ${n}--${from.pick(['sports', 'dports', 'ports'])} ${list.join(',')}`;
    case 1:
      return `-m ${protocol} ${n}--sport ${portSpan(from)}`;
    case 2:
      return `-m ${protocol} --sport ${portSpan(from)} ${n}--dport ${portSpan(from)}`;
    case 4:
      return `-m tcp ${n}--tcp-flags ${from.pick(['SYN,ACK SYN', 'FIN,SYN,RST,ACK SYN', 'ALL NONE', 'ALL SYN', 'SYN,RST SYN,RST', 'ACK NONE'])}`;
    case 5:
      return `-m tcp ${n}--syn`;
    default:
      return `-m ${protocol} ${n}--dport ${portSpan(from)}`;
  }
}

function conntrack(from: Chance, family: 4 | 6): string {
  const n = (): string => not(from);
  const parts = [
    () => `${n()}--ctstate ${some(from, ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT'])}`,
    () => `${n()}--ctproto ${from.pick(['tcp', '17'])}`,
    () => `${n()}--ctorigdst ${prefix(from, family)}`,
    () => `${n()}--ctorigsrc ${prefix(from, family)}`,
    () => `--ctdir ${from.pick(['ORIGINAL', 'REPLY'])}`,
    () => `${n()}--ctstatus ${from.pick(['NONE', 'ASSURED', 'EXPECTED', 'SEEN_REPLY,ASSURED'])}`,
    () => `--ctproto tcp ${n()}--ctorigdstport ${portSpan(from)}`,
  ];
  const first = from.pick(parts)();
  const second = from.oneIn(3) ? from.pick(parts)() : '';
  const word = (text: string): string => /--\w+/.exec(text)?.[0] ?? '';
  const clash = second === '' || first.includes(word(second)) || second.includes(word(first));
  return `-m conntrack ${clash ? first : `${first} ${second}`}`;
}

/** Nobody can say whether these match. */
function chancy(from: Chance, family: 4 | 6, table: string): string {
  return from.pick([
    '-m limit --limit 1/hour --limit-burst 1',
    '-m statistic --mode random --probability 0.5',
    // Not behind the choice of the way out.
    ...(table === 'filter' || table === 'raw' ? ['-m mac --mac-source 02:00:00:00:0a:02'] : []),
    '-m recent --name r --set',
    ...(family === 4 ? ['-m ttl --ttl-eq 63'] : ['-m hl --hl-eq 63']),
  ]);
}

function randomTarget(from: Chance, inChain: InChain, protocol: string): string {
  const { family, table, hook, targets } = inChain;
  const verdicts = ['-j ACCEPT', '-j ACCEPT', ...(table === 'nat' ? [] : ['-j DROP', '-j DROP']), '-j RETURN', ''];
  if (targets.length > 0 && from.oneIn(3)) return `${from.pick(['-j', '-j', '-g'])} ${from.pick(targets)}`;
  switch (table) {
    case 'raw':
      return from.pick([...verdicts, '-j NOTRACK', '-j CT --notrack']);
    case 'mangle':
      return from.pick([
        ...verdicts,
        marking(from),
        marking(from),
        marking(from),
        `-j DSCP --set-dscp ${from.pick(['10', '0'])}`,
      ]);
    case 'nat':
      return hook === null
        ? from.pick(verdicts)
        : from.oneIn(4)
          ? from.pick(verdicts)
          : translation(from, family, hook, protocol);
    default:
      if (from.oneIn(8)) return '-j REJECT';
      if (from.oneIn(8) && protocol === 'tcp') return '-j REJECT --reject-with tcp-reset';
      return from.pick(verdicts);
  }
}

function marking(from: Chance): string {
  const bits = `0x${from.bits(3).toString(16)}`;
  return from.pick([
    `-j MARK --set-mark ${bits}`,
    `-j MARK --set-mark ${bits}/0x3`,
    `-j MARK --or-mark ${bits}`,
    `-j MARK --and-mark ${bits}`,
    `-j MARK --xor-mark ${bits}`,
    `-j MARK --set-xmark ${bits}/0x5`,
    `-j CONNMARK --set-mark ${bits}`,
    `-j CONNMARK --set-xmark ${bits}/0x3`,
    '-j CONNMARK --save-mark',
    '-j CONNMARK --restore-mark',
    '-j CONNMARK --restore-mark --mask 0x3',
  ]);
}

function translation(from: Chance, family: 4 | 6, hook: string, protocol: string): string {
  const to = address(from, family);
  const ported = protocol === 'tcp' || protocol === 'udp';
  const number = String(Math.max(1, port(from)));
  const withPort = family === 4 ? `${to}:${number}` : `[${to}]:${number}`;
  const net = family === 4 ? '10.1.2.0/24' : 'fd00:a:0:1::/64';
  if (hook === 'PREROUTING')
    return from.pick([
      `-j DNAT --to-destination ${to}`,
      ported ? `-j DNAT --to-destination ${withPort}` : `-j DNAT --to-destination ${to}`,
      ported ? `-j DNAT --to-destination :${number}` : '-j REDIRECT',
      ported ? `-j REDIRECT --to-ports ${number}` : '-j REDIRECT',
      `-j NETMAP --to ${net}`,
    ]);
  const source = [
    `-j SNAT --to-source ${to}`,
    ported ? `-j SNAT --to-source ${withPort}` : `-j SNAT --to-source ${to}`,
    `-j NETMAP --to ${net}`,
  ];
  return from.pick(hook === 'INPUT' ? source : [...source, '-j MASQUERADE', '-j MASQUERADE --random']);
}
