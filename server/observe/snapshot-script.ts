/**
 * The script that records a host: constant text, read only, POSIX sh. With a folder as its argument it writes the files of a
 * snapshot there (by hand: `sh snapshot.sh DIR`); without one it prints the same framed, as the observing script does: NUL,
 * `part FILE`, the output, NUL, `code N`.
 *
 * Nothing that a host calls its things reaches a command, but the names of namespaces of the form `[a-z0-9][a-z0-9-]*`.
 * `iptables-save` of the legacy sort is asked only where the kernel has such tables: it would load them otherwise. The list of
 * them is read to know that, since a file below /proc has no size.
 */
export const SNAPSHOT_SCRIPT = `#!/bin/sh
# Records the network state of this host, and changes nothing: sh snapshot.sh DIR
set -f
umask 077
LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
dir=\${1:-}
list=
[ -z "$dir" ] || { mkdir -p "$dir" && cd "$dir" || exit 1; }
keep() {
  file=$1
  shift
  if [ -z "$dir" ]; then
    printf '\\0part %s\\n' "$file"
    "$@" </dev/null 2>/dev/null
    printf '\\0code %s\\n' "$?"
    return
  fi
  case $file in */*) mkdir -p "\${file%/*}" ;; esac
  "$@" </dev/null >"$file" 2>/dev/null
  code=$?
  sum=$(sha256sum <"$file")
  list="$list\${list:+,
}    { \\"file\\": \\"$file\\", \\"exitCode\\": $code, \\"sha256\\": \\"\${sum%% *}\\" }"
}
# These two run in namespaces as well: sh -c TEXT, with what is asked as arguments.
legacy_text='
  command -v "$2" >/dev/null || exit 127
  case $("$2" -V 2>/dev/null) in
  *nf_tables*) "$2" -c ;;
  *) [ -z "$(cat "/proc/net/$1" 2>/dev/null)" ] || "$2" -c ;;
  esac'
settings_text='cd /proc/sys && grep -rs "" net/ipv4 net/ipv6 net/bridge net/netfilter; :'
legacy() { sh -c "$legacy_text" legacy "$@"; }
settings() { sh -c "$settings_text"; }
ipv6() { [ ! -e /proc/net/if_inet6 ] || "$@"; }
versions() { uname -sr; ip -V; nft -V; bridge -V; iptables -V; :; }
sockets() { cat /proc/net/udp; [ ! -e /proc/net/udp6 ] || cat /proc/net/udp6; }
host=$(uname -n | tr -cd 'A-Za-z0-9.-')
taken=$(date -u +%Y-%m-%dT%H:%M:%SZ)
keep host.txt echo "$host"
keep taken.txt echo "$taken"
keep os-release.txt cat /etc/os-release
keep versions.txt versions
keep links.json ip -j -d addr show
keep routes4.json ip -j -4 route show table all
keep routes6.json ip -j -6 route show table all
keep rules4.json ip -j -4 rule show
keep rules6.json ipv6 ip -j -6 rule show
keep neighbours.json ip -j neigh show
keep vlans.json bridge -j vlan show
keep fdb.json bridge -j fdb show
keep bridge-ports.json bridge -j -d link show
keep nftables.json nft -j list ruleset
keep nftables.txt nft -a list ruleset
keep iptables.txt legacy ip_tables_names iptables-save
keep ip6tables.txt legacy ip6_tables_names ip6tables-save
keep iptables-legacy.txt legacy ip_tables_names iptables-legacy-save
keep ip6tables-legacy.txt legacy ip6_tables_names ip6tables-legacy-save
keep sysctls.txt settings
keep udp.txt sockets
set +f
for path in /run/netns/*; do
  name=\${path#/run/netns/}
  case $name in
  '' | *[!a-z0-9-]* | -*) continue ;;
  esac
  [ -e "$path" ] || continue
  at="netns/$name"
  keep "$at/links.json" ip -n "$name" -j -d addr show
  keep "$at/routes4.json" ip -n "$name" -j -4 route show table all
  keep "$at/routes6.json" ip -n "$name" -j -6 route show table all
  keep "$at/rules4.json" ip -n "$name" -j -4 rule show
  keep "$at/rules6.json" ipv6 ip -n "$name" -j -6 rule show
  keep "$at/vlans.json" bridge -n "$name" -j vlan show
  keep "$at/fdb.json" bridge -n "$name" -j fdb show
  keep "$at/nftables.json" ip netns exec "$name" nft -j list ruleset
  keep "$at/nftables.txt" ip netns exec "$name" nft -a list ruleset
  keep "$at/sysctls.txt" ip netns exec "$name" sh -c "$settings_text"
  for tool in iptables ip6tables iptables-legacy ip6tables-legacy; do
    case $tool in ip6*) tables=ip6_tables_names ;; *) tables=ip_tables_names ;; esac
    keep "$at/$tool.txt" ip netns exec "$name" sh -c "$legacy_text" legacy "$tables" "$tool-save"
  done
done
if [ -z "$dir" ]; then
  keep end true
else
  printf '{\\n  "format": 1,\\n  "host": "%s",\\n  "taken": "%s",\\n  "files": [\\n%s\\n  ]\\n}\\n' "$host" "$taken" "$list" >manifest.json
fi
`;
