/**
 * The script that reads a whole host in one program: constant text; the topology, the wanted namespaces and the sysctl
 * patterns are arguments. Each read prints NUL, `part SCOPE NAME`, its output, then NUL, `code N` and its stderr. NUL cannot
 * occur in what the tools print.
 *
 * The last part is `end`: a reading without it was cut off.
 *
 * A namespace is looked into when it is wanted or when the alias of its `lo` is a mark of this topology. Names that are not
 * ours, and files that are no namespace, are only listed: what the tools are given stays within `[a-z0-9-]`.
 *
 * Where whoever reads has come by ssh (`SSH_CONNECTION`, sshd(8)), the way by which the host answers is read too.
 *
 * In a pattern of settings `*` is every device, and `+` every device that can have an address: in the host's own stack that
 * leaves out the NICs of guests and gateways (reading twelve settings of each port takes longer than all else together).
 *
 *     $1 topology   $2 record file   $3 wanted namespaces, separated by blanks   $4 … sysctl patterns below /proc/sys
 */
export const OBSERVE_SCRIPT = `
set -f
topology=$1 record=$2 wanted=" $3 "
shift 3
err=/proc/self/fd/8
errors=$(mktemp) || exit 1
exec 8>"$errors"
rm "$errors"
part() {
  printf '\\0part %s %s\\n' "$1" "$2"
  shift 2
  "$@" </dev/null 2>"$err" 8>&-
  printf '\\0code %s\\n' "$?"
  [ ! -s "$err" ] || cat "$err"
}
scope() {
  ns=$1 name=\${1:-.}
  shift
  if [ -n "$ns" ]; then in="ip netns exec $ns" at="-n $ns"; else in= at=; fi
  part "$name" links ip $at -j -d addr show
  part "$name" routes4 ip $at -j -4 route show table all
  part "$name" routes6 ip $at -j -6 route show table all
  part "$name" rules4 ip $at -j -4 rule show
  part "$name" rules6 sh -c '[ ! -e /proc/net/if_inet6 ] || exec ip "$@"' ip $at -j -6 rule show
  part "$name" vlans bridge $at -j vlan show
  part "$name" fdb bridge $at -j fdb show
  part "$name" tables $in nft -j list ruleset
  paths=
  for pattern in "$@"; do
    case $pattern in
    *+*)
      for device in $devices; do paths="$paths \${pattern%%+*}$device\${pattern#*+}"; done ;;
    *) paths="$paths $pattern" ;;
    esac
  done
  part "$name" sysctls $in sh -c 'cd /proc/sys && grep -s "" $* /dev/null; exit 0' sysctls "$paths"
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
part . path path_here
part . versions sh -c 'ip -V && nft -V'
part . record sh -c '[ ! -e "$1" ] || cat "$1"' record "$record"
devices="all default $(ip -o -d link show | grep -v '\\\\    alias trunkline:[0-9]*:[a-z0-9-]*:veth:' | sed -n 's/^[0-9]*: \\([A-Za-z0-9._-]*\\)[@:].*/\\1/p' | tr '\\n' ' ')"
scope '' "$@"
devices='*'
set +f
for path in /run/netns/*; do
  set -f
  name=\${path#/run/netns/}
  [ -e "$path" ] || continue
  case $name in
  '' | *[!a-z0-9-]* | -*) continue ;;
  esac
  lo=$(ip -n "$name" -j link show dev lo 2>/dev/null)
  alias=$(printf %s "$lo" | grep -o '"ifalias":"trunkline:[0-9]*:[a-z0-9-]*:[a-z0-9:./-]*"')
  printf '\\0part %s alias\\n%s\\0code 0\\n' "$name" "$alias"
  [ -n "$lo" ] || continue
  case $wanted in
  *" $name "*) scope "$name" "$@" ;;
  *) case $alias in *":$topology:"*) scope "$name" "$@" ;; esac ;;
  esac
done
part . end true
`;
