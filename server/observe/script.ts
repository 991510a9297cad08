import { SERVICES_FUNCTIONS } from './services-script.ts';
import { TABLES_FUNCTIONS } from './tables-script.ts';

/**
 * The script that reads a whole host in one program: constant text; the topology, the wanted namespaces and the sysctl
 * patterns are arguments. Each read prints NUL, `part SCOPE NAME`, its output, then NUL, `code N` and its stderr. NUL cannot
 * occur in what the tools print.
 *
 * The last part is `end` with the number of parts before it, and of bytes: a reading without it was cut off, one with fewer has
 * lost some.
 *
 * **Torn reads.** The kernel has no one moment for links, routes and tables together. So `ip monitor` and `nft monitor` are
 * subscribed before the first read, and stopped at once: whatever is changed from then on waits in the buffers of their
 * sockets, where it is seen in /proc/net/netlink without any race (a monitor that runs may not have printed it yet). Where
 * nothing waits there after the last read, all that was read was so at one and the same moment. Part `calm` is `yes` then,
 * `no` where something was changed meanwhile, `unwatched` where nobody asked. What each scope's monitors could not see (which
 * namespaces there are) is read twice. Of settings they see forwarding and `rp_filter` (netconf); the others, each by itself, are
 * told of by nobody, and mean nothing together. Forwarding entries are one list: where all else held still, the moment of its
 * reading is the moment of all.
 *
 * Of the host's own stack three lanes run at once, and beside them one namespace after the other: its links, and the settings
 * of those that matter (`net/ipv4/conf/br0/…`); settings of all devices, by patterns; all other reads. Which links have addresses
 * comes from the same read, and forwarding entries are read only where there is a VXLAN, which alone needs them: both take as
 * long as the links themselves.
 *
 * A namespace is looked into when it is wanted or when the alias of its `lo` is a mark of this topology. Names that are not
 * ours, and files that are no namespace, are only listed: what the tools are given stays within `[a-z0-9-]`.
 *
 * Where whoever reads has come by ssh (`SSH_CONNECTION`, sshd(8)), the way by which the host answers is read too.
 *
 * In a pattern of settings `*` is every device, and `+` every device that can have an address: in the host's own stack that
 * leaves out the NICs of guests and gateways (reading twelve settings of each port takes longer than all else together).
 *
 * `known` is a reading without a look at what is changed meanwhile, of a host whose tools have shown before that they are fit.
 *
 *     $1 topology   $2 record file   $3 wanted namespaces, separated by blanks   $4 watched, free, or known   $5 … sysctl patterns below /proc/sys
 */
export const OBSERVE_SCRIPT = `
set -f
topology=$1 record=$2 wanted=" $3 " watched=$4
shift 4
dir=/run/trunkline.read.$$
if { set -C; command exec 3>"$dir.3" 4>"$dir.4" 5>"$dir.5" 6>"$dir.6" 7>"$dir.7" 8>"$dir.8"; } 2>/dev/null; then
  rm "$dir.3" "$dir.4" "$dir.5" "$dir.6" "$dir.7" "$dir.8"
else
  dir=$(mktemp -d) || exit 1
  exec 3>"$dir/links" 4>"$dir/host" 5>"$dir/settings" 6>"$dir/other" 7>"$dir/inner" 8>"$dir/inner-other"
  rm -r "$dir"
fi
set +C
links=/proc/self/fd/3 host=/proc/self/fd/4 settings=/proc/self/fd/5 other=/proc/self/fd/6
inner=/proc/self/fd/7 inner_other=/proc/self/fd/8
pids=
parts=0 size=0 inside=
trap '[ -z "$pids" ] || kill -KILL $pids' EXIT

part() {
  printf '\\0part %s %s\\n' "$1" "$2"
  shift 2
  { said=$("$@" </dev/null 2>&1 >&9); } 9>&1
  printf '\\0code %s\\n%s' "$?" "$said"
}

at() { if [ -n "$1" ]; then in="ip netns exec $1" at="-n $1"; else in= at=; fi; }

# Dies with this shell, whatever that dies of: nobody else would wake it.
monitor() {
  setpriv --pdeathsig KILL "$@" </dev/null >/dev/null 2>&1 &
  pids="$pids $!"
}

# What waits in the buffer of the one socket of monitor $1 that is subscribed: bytes, and how much did not fit.
waiting() {
  waits=
  while read -r _ _ port groups bytes _ _ _ drops _; do
    [ "$port" != "$1" ] || [ "$groups" = 00000000 ] || waits="$bytes $drops"
  done <"/proc/$1/net/netlink"
}

# What it asks of the kernel itself when it starts comes by the same socket: it is stopped once it sleeps with nothing waiting.
subscribed() {
  looks=0
  until waiting "$1" && [ "$waits" = '0 0' ] && asleep "$1"; do
    kill -0 "$1" 2>/dev/null || return 1
    looks=$((looks + 1))
    [ $looks -lt 20 ] || sleep 0.01
    [ $looks -lt 300 ] || return 1
  done 2>/dev/null
  kill -STOP "$1"
}

asleep() {
  read -r stat <"/proc/$1/stat" || return 1
  case \${stat##*) } in S*) ;; *) return 1 ;; esac
}

settled() {
  for pid in $pids; do
    waiting "$pid"
    [ "$waits" = '0 0' ] || return 1
  done
}

# Lines of PATH:VALUE, and how many there have to be; a file that is there and cannot be read fails. One pattern alone is
# expanded once, and text is put together in pieces: both matter where there are thousands of devices.
SYSCTLS='cd /proc/sys || exit 1
if [ $# = 1 ]; then
  set -- $1
  [ -e "$1" ] || shift
else
  all= some= count=0
  for pattern; do
    set -- $pattern
    [ -e "$1" ] || continue
    some="$some $pattern" count=$((count + 1))
    case $count in *00) all="$all$some" some= ;; esac
  done
  set -- $all $some
fi
[ $# = 0 ] || grep "" "$@" /dev/null || exit 1
echo "count:$#"'

# In a shell of its own, as each read is.
settings_here() {
  set +f
  eval "$SYSCTLS"
}

rules6() {
  if [ -e /proc/net/if_inet6 ]; then ip $at -j -6 rule show; else echo '[]'; fi
}

others() {
  part "$1" routes4 ip $at -j -4 route show table all
  part "$1" routes6 ip $at -j -6 route show table all
  part "$1" rules4 ip $at -j -4 rule show
  part "$1" rules6 rules6
  part "$1" vlans bridge $at -j vlan show
  part "$1" tables tables
}
${TABLES_FUNCTIONS}

# $1: links, with the end of their part behind them.
forwarding() {
  case $1 in
  *'"info_kind":"vxlan"'*) bridge $at -j fdb show ;;
  *'
code 0'*) echo '[]' ;;
  *) echo 'the links are not all there' >&2; return 1 ;;
  esac
}

# All links but the NICs of guests and gateways, a line each; and their names, as far as they are of the form that ours have. A
# quote in an alias is written \\" in JSON: no foreign text can look like the start of a link, or the name of one.
few_of() {
  exec sed 's/\\x00//g; s/{"ifindex":/\\n&/g; s/\\n[^\\n]*"ifalias":"trunkline:[0-9]*:[a-z0-9-]*:veth:[^\\n]*//g' "$links"
}
# Leaves their names in named.
names_of() {
  named=
  IFS='
'
  for line in $1; do
    case $line in '{"ifindex":'*) ;; *) continue ;; esac
    name=\${line#*'"ifname":"'} name=\${name%%'"'*}
    case $name in '' | *[!A-Za-z0-9._-]*) ;; *) named="$named $name" ;; esac
  done
  unset IFS
}

${SERVICES_FUNCTIONS}
versions() { ip -V && nft -V; }
record_here() { [ ! -e "$record" ] || cat "$record"; }

# Of the patterns those of all devices, or the others, for the devices that are worth it.
of_all() {
  patterns=
  for pattern; do case $pattern in *\\**) patterns="$patterns $pattern" ;; esac; done
}
of_few() {
  patterns=
  for pattern; do
    case $pattern in
    *\\**) ;;
    *+*) for device in $devices; do patterns="$patterns \${pattern%%+*}$device\${pattern#*+}"; done ;;
    *) patterns="$patterns $pattern" ;;
    esac
  done
}

linked() {
  part . links ip -j -d addr show >"$links"
  few=$(few_of)
  part . fdb forwarding "$few"
  names_of "$few"
  devices="all default $named"
  of_few "$@"
  part . sysctls settings_here $patterns
}

everywhere() {
  of_all "$@"
  part . settings settings_here $patterns
}

unlinked() {
  others .
  part . path path_here
  part . services services
  [ "$watched" = known ] || part . versions versions
  part . record record_here
}

host_lanes() {
  at ''
  linked "$@" >"$host" &
  lanes=$!
  everywhere "$@" >"$settings" &
  lanes="$lanes $!"
  unlinked >"$other" &
  lanes="$lanes $!"
}

# A namespace, whose parts are given when the next one comes, or all the rest: in it every device is one that can have an address.
inside() {
  [ -z "$inside" ] || give 9 "$inner" "$inner_other"
  inside=yes
  at "$1"
  name=$1
  shift
  others "$name" >"$inner_other" &
  lane=$!
  part "$name" links ip $at -j -d addr show >"$inner"
  part "$name" fdb forwarding "$(tr -d '\\0' <"$inner")" >>"$inner"
  patterns=
  for pattern; do
    case $pattern in
    *+*) patterns="$patterns \${pattern%%+*}*\${pattern#*+}" ;;
    *) patterns="$patterns $pattern" ;;
    esac
  done
  part "$name" sysctls $in sh -c "$SYSCTLS" sysctls $patterns >>"$inner"
  wait "$lane"
}

# The parts in files, which are so many.
give() {
  parts=$((parts + $1))
  shift
  cat "$@"
  for word in $(wc -c "$@"); do
    case $word in *[!0-9]*) ;; *) last=$word ;; esac
  done
  size=$((size + last))
}

# What was found out already.
tell() {
  printf '\\0part %s %s\\n%s\\0code 0\\n' "$1" "$2" "$3"
  parts=$((parts + 1)) size=$((size + 16 + \${#1} + \${#2} + \${#3}))
}

path_here() {
  set -- $SSH_CONNECTION
  case $# in 4) ;; *) return 0 ;; esac
  printf '%s\\n' "$*"
  client=\${1%%%*} server=\${3%%%*} zone=\${1#"\${1%%%*}"}
  case $client in [0-9a-fA-F:]*) ;; *) return 0 ;; esac
  way=$(ip -o route get "$client" from "$server" \${zone:+oif "\${zone#%}"} 2>/dev/null)
  router=$(printf '%s\\n' "$way" | sed -n 's/.* via \\([0-9a-fA-F:.]*\\) .*/\\1/p')
  printf '%s\\n' "$way"
  ip -o neigh show to "\${router:-$client}"
  return 0
}

# Files that are no namespace, or have another name than we could have given, are nobody's business.
namespaces() {
  set +f
  for path in /run/netns/*; do
    case \${path#/run/netns/} in
    '' | *[!a-z0-9-]* | -*) continue ;;
    esac
    [ ! -e "$path" ] || printf '%s ' "\${path#/run/netns/}"
  done
  set -f
}

calm=unwatched
if [ "$watched" = watched ]; then
  calm=yes
  monitor ip monitor link address route rule netconf
  monitor nft monitor
else
  host_lanes "$@"
fi
names=$(namespaces)
chosen=
for name in $names; do
  lo=$(ip -n "$name" -j link show dev lo 2>/dev/null)
  alias=
  case $lo in
  *'"ifalias":"trunkline:'*) alias=\${lo#*'"ifalias":"'} alias=\${alias%%'"'*} ;;
  esac
  case $alias in *[!a-z0-9:./-]*) alias= ;; esac
  tell "$name" alias "$alias"
  [ -n "$lo" ] || continue
  case $wanted in
  *" $name "*) chosen="$chosen $name" ;;
  *) case $alias in *":$topology:"*) chosen="$chosen $name" ;; esac ;;
  esac
done
inodes() { [ -z "$names" ] || { cd /run/netns && exec stat -c '%n %i' $names 2>&1; }; }
before=$(inodes)
if [ "$watched" = watched ]; then
  for name in $chosen; do
    at "$name"
    monitor ip $at monitor link address route rule netconf
    monitor $in nft monitor
  done
  for pid in $pids; do subscribed "$pid" || calm=blind; done
  host_lanes "$@"
fi
for name in $chosen; do inside "$name" "$@"; done
wait $lanes
[ "$watched" = known ] && left=13 || left=14
[ -z "$inside" ] || left=$((left + 9))
give $left \${inside:+"$inner" "$inner_other"} "$links" "$host" "$settings" "$other"
[ $calm != yes ] || settled || calm=no
[ "$names" = "$(namespaces)" ] && [ "$before" = "$(inodes)" ] || calm=no
tell . calm $calm
tell . end "$parts $size"
`;
