/**
 * What iptables has on a host, for whoever follows packets there: nft lists its newer tables without what their conditions mean,
 * and its older ones not at all. And that there is something which nobody here reads: tc, XDP, IPsec. One exchange, beside what
 * planning reads.
 */
import { Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import type { Scope } from '../flow/resource.ts';
import type { HostSession } from '../host/connection.ts';
import type { FoundHost } from '../reach/world/found.ts';

/**
 * The older sort is asked only where the kernel has such tables: it would load them otherwise. arptables are nobody's here, and
 * only named. Frames: NUL, a line that says what follows, the output.
 */
const SCRIPT = `LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
save='
  command -v "$2" >/dev/null || exit 127
  case $("$2" -V 2>/dev/null) in
  *nf_tables*) "$2" -c ;;
  *) [ -z "$(cat "/proc/net/$1" 2>/dev/null)" ] || "$2" -c ;;
  esac'
other() { while IFS= read -r line; do printf '\\0other %s %s\\n%s' "$1" "$2" "$line"; done; }
for scope in . "$@"; do
  case $scope in .) in= ;; *) in="ip netns exec $scope" ;; esac
  for list in ip_tables_names ip6_tables_names arp_tables_names; do
    for name in $($in cat /proc/net/$list 2>/dev/null); do printf '\\0table %s %s\\n%s' "$scope" "$list" "$name"; done
  done
  $in tc qdisc show 2>/dev/null | grep -E '^qdisc (ingress|clsact) ' | other "$scope" tc
  $in ip -o link show 2>/dev/null | grep -F ' prog/xdp ' | other "$scope" xdp
  $in ip -o xfrm policy show 2>/dev/null | grep -E '\\sdir (in|out|fwd) ' | other "$scope" xfrm
  for tool in iptables ip6tables iptables-legacy ip6tables-legacy; do
    case $tool in ip6*) list=ip6_tables_names ;; *) list=ip_tables_names ;; esac
    printf '\\0text %s %s\\n' "$scope" "$tool"
    $in sh -c "$save" save $list $tool-save </dev/null 2>/dev/null
    printf '\\0code %s %s\\n%s' "$scope" "$tool" "$?"
  done
done
`;

export type IptablesFound = Required<Pick<FoundHost, 'iptables' | 'iptablesIn' | 'unread'>>;

export async function readIptables(session: HostSession, scopes: readonly Scope[]): Promise<IptablesFound> {
  const namespaces = scopes.filter((scope) => scope !== '');
  const [result] = await session.run([{ argv: ['sh', '-s', ...namespaces], stdin: SCRIPT }]);
  if (result?.exitCode !== 0)
    throw new Failure('observation', `${session.host} could not be asked for its tables of iptables`, {
      detail: visibleText(result?.stderr.toString('utf8').trim() ?? 'no answer'),
    });
  return iptablesIn(result.stdout.toString('utf8'));
}

interface Frame {
  readonly word: string;
  readonly scope: Scope;
  readonly name: string;
  readonly body: string;
}

export function iptablesIn(output: string): IptablesFound {
  const frames = output.split('\0').slice(1).map(frameOf);
  const codes = new Map(
    frames.filter(({ word }) => word === 'code').map(({ scope, name, body }) => [`${scope} ${name}`, body]),
  );
  const texts = new Map<Scope, Map<string, string>>();
  for (const { word, scope, name, body } of frames) {
    if (word !== 'text' || codes.get(`${scope} ${name}`) !== '0' || body.trim() === '') continue;
    texts.set(scope, (texts.get(scope) ?? new Map<string, string>()).set(`${name}.txt`, body));
  }
  const unread = new Map<Scope, string[]>();
  for (const { word, scope, name, body } of frames) {
    if (word !== 'table' || isSaved(texts.get(scope), name, body)) continue;
    const what = visibleText(`a table ${body} of ${name.replace('_tables_names', 'tables')}`);
    unread.set(scope, [...(unread.get(scope) ?? []), what]);
  }
  for (const { word, scope, name, body } of frames)
    if (word === 'other') unread.set(scope, [...new Set([...(unread.get(scope) ?? []), otherText(name, body)])]);
  const { '': own, ...inside } = Object.fromEntries(texts);
  return { iptables: own ?? new Map(), iptablesIn: new Map(Object.entries(inside)), unread };
}

function frameOf(text: string): Frame {
  const end = text.indexOf('\n');
  const [word = '', scope = '', name = ''] = text.slice(0, end).split(' ');
  return { word, scope: scope === '.' ? '' : scope, name, body: text.slice(end + 1) };
}

/** Programs and policies that packets pass beside all rules: nothing is known of what they let through. */
function otherText(name: string, line: string): string {
  const device = (/ dev (\S+)/.exec(line) ?? /^\d+: ([^:@\s]+)/.exec(line))?.[1] ?? '?';
  const what = { tc: `rules of tc on ${device}`, xdp: `a program of XDP on ${device}` }[name];
  return visibleText(what ?? 'policies of IPsec');
}

/** The table of the older sort is in what one of the tools printed. */
function isSaved(texts: ReadonlyMap<string, string> | undefined, list: string, table: string): boolean {
  const tool = { ip_tables_names: 'iptables', ip6_tables_names: 'ip6tables' }[list];
  if (tool === undefined) return false;
  return [`${tool}.txt`, `${tool}-legacy.txt`].some((file) => {
    const text = texts?.get(file) ?? '';
    const older = file.includes('legacy') || !/^# Generated by \S+ v\S+ \(nf_tables\)/m.test(text);
    return older && text.split('\n').includes(`*${table}`);
  });
}
