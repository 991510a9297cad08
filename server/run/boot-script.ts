/**
 * What a host runs when it starts, to make what was kept last: constant text, run by `sh`, needing no network, no Node and no
 * Trunkline. It reads `index` and `data` beside it.
 *
 *     format N            of what follows
 *     topology NAME
 *     namespace NAME      where one of these, or a table, or a link with our mark is there, it stands already:
 *     table FAMILY NAME   nothing is done then, and nothing undone that somebody has changed since
 *     nic DEVICE MTU      is waited for, and carries so much at least
 *     entry DEVICE        begins the former value of something borrowed: text, and what is read in between
 *     run SORT ARGC OFFSET SIZE     ARGC lines follow; the input is in `data`
 *
 * An interface that does not come, or that somebody else has put into a bridge, is left alone and told of; the rest is made. Where
 * rules of a firewall cannot be loaded nothing more is done: what they would guard stays down.
 *
 *     sh restore [early|late]     by hand; before the network managers; behind them
 */
export const BOOT_SCRIPT = `
set -f
umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL
here=\${0%/*} how=$1 base=/run/trunkline
wait_s=10

word() { line=; read -r line 2>/dev/null <"$1"; printf '%s' "$line"; } 2>/dev/null
{ read -r _ format && read -r _ topology; } <"$here/index" || { echo "$here/index cannot be read" >&2; exit 1; }
[ "$format" = 1 ] || { echo "$here was written in the format $format, and this is 1: nothing was done" >&2; exit 1; }
case $topology in '' | *[!a-z0-9-]*) echo "$here/index is damaged: nothing was done" >&2; exit 1 ;; esac
mkdir -p "$base" && exec 9>>"$base/lock" && flock -w 120 9 || { echo 'the lock of this host cannot be had: nothing was done' >&2; exit 1; }
failed= missing= taken= number=0

stands() {
  [ ! -e "$base/borrowed/$topology.json" ] || return 0
  [ ! -d "$base/run" ] || return 0
  ! ip -j link show | grep -q "\\"ifalias\\":\\"trunkline:[0-9]*:$topology:" || return 0
  tables=$(nft list tables)
  while read -r word first second; do
    case $word in
    namespace) [ ! -e "/run/netns/$first" ] || return 0 ;;
    table) ! printf '%s\\n' "$tables" | grep -qx "table $first $second" || return 0 ;;
    run | end) return 1 ;;
    esac
  done <"$here/index"
  return 1
}

# What is behind the first line may be an alias, which says what it likes.
look() {
  device=$1 mtu= up=false master=
  set -- $(ip -o link show dev "$device" 2>/dev/null)
  case $2 in "$device:" | "$device"@*) ;; *) return 1 ;; esac
  case $3 in *"<UP,"* | *",UP,"* | *",UP>"* | *"<UP>"*) up=true ;; esac
  while [ $# -gt 1 ]; do
    case $1 in
    mtu) mtu=$2 ;;
    master) master=$2 ;;
    *\\\\) break ;;
    esac
    shift
  done
}

now() { read -r up _ </proc/uptime; echo "\${up%.*}"; }

find_nics() {
  last=$(($(now) + wait_s))
  while read -r word device _; do
    case $word in
    nic) ;;
    run | end) break ;;
    *) continue ;;
    esac
    until look "$device" || [ "$(now)" -ge "$last" ]; do sleep 0.1; done
    if ! look "$device"; then
      echo "there is no interface $device: the rest is made without it" >&2
      missing="$missing $device"
    elif [ -n "$master" ] && [ "$how" != late ]; then
      echo "$device was put into $master by somebody else: it stays there, and the rest is made without it" >&2
      taken="$taken $device"
    fi
  done <"$here/index"
}

# systemd-networkd says that it has started, and takes away the rules and routes of others when it configures its first link.
networkd_settles() {
  last=$(($(now) + wait_s))
  while grep -rqsxE 'ADMIN_STATE=(pending|initialized|configuring)' /run/systemd/netif/links && [ "$(now)" -lt "$last" ]; do
    sleep 0.2
  done
}

is_in() { case " $2 " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

# What it is like before we use it, on this machine since it started: for giving it back.
record() {
  all= one= use=no
  while read -r word rest; do
    case $word in
    entry | run | end)
      [ $use = no ] || all="$all\${all:+,}$one"
      one= use=yes
      ;;
    esac
    case $word in
    entry) ! is_in "$rest" "$missing $taken" || use=no ;;
    text) one=$one$rest ;;
    setting)
      value=$(word "/proc/sys/$rest")
      case $value in '' | *[!0-9-]*) use=no ;; esac
      one="$one\\"$value\\""
      ;;
    mtu) look "$rest" && one=$one$mtu || use=no ;;
    up) look "$rest" && one=$one$up || use=no ;;
    run | end) break ;;
    esac
  done <"$here/index"
  [ -n "$all" ] || return 0
  file=$base/borrowed/$topology.json
  mkdir -p "$base/borrowed" && printf '{"format":1,"former":{%s},"topology":"%s"}\\n' "$all" "$topology" >"$file.new" && mv -T "$file.new" "$file"
}

raise_mtus() {
  while read -r word device least; do
    case $word in
    nic) ;;
    run | end) break ;;
    *) continue ;;
    esac
    ! look "$device" || is_in "$device" "$taken" || [ "$mtu" -ge "$least" ] || ip link set dev "$device" mtu "$least" || failed="$failed nic"
  done <"$here/index"
}

# Lines about what somebody else has taken are left out.
input() {
  tail -c "+$((offset + 1))" "$here/data" | head -c "$size" | if [ -z "$taken" ] || [ "$sort" = hard ]; then cat; else
    set --
    for device in $taken; do set -- "$@" -e "dev $device"; done
    grep -vwF "$@"
  fi
}

# \`wanted\` decides which programs are run.
programs() {
  while read -r word sort argc offset size; do
    [ "$word" != end ] || return 0
    [ "$word" = run ] || continue
    number=$((number + 1))
    set --
    while [ "$argc" -gt 0 ]; do
      IFS= read -r argument || { echo "$here/index is cut short" >&2; return 1; }
      set -- "$@" "$argument"
      argc=$((argc - 1))
    done
    wanted || continue
    said=$(input | "$@" 2>&1 >/dev/null 9>&-) && continue
    # What is there already was not taken away.
    [ "$how" != late ] || said=$(printf '%s\\n' "$said" | sed '/File exists$/{N;d;}')
    [ -n "$said" ] || continue
    printf '%s: %.2000s\\n' "$1" "$said" >&2
    failed="$failed $number"
    if [ "$sort" = hard ]; then
      echo "the rules of $topology cannot be loaded: nothing more is done, what they would guard stays down" >&2
      return 1
    fi
  done <"$here/index"
  echo "$here/index is cut short" >&2
  return 1
}

finish() {
  if [ -n "$failed$missing$taken" ]; then
    echo "$topology is not whole\${missing:+, without$missing}\${taken:+, with$taken left where it is}: see trunkline status, and trunkline apply to mend it" >&2
    return 1
  fi
  echo "$topology is as it was kept in the run $(readlink "\${here%/current}/current")"
}

case $how in
late)
  [ -e "$base/late/$topology" ] || exit 0
  { read -r before && read -r taken; } <"$base/late/$topology" || { echo "$base/late/$topology is damaged" >&2; exit 1; }
  rm -f "$base/late/$topology"
  rmdir "$base/late" 2>/dev/null || :
  networkd_settles
  wait_s=0
  find_nics
  wanted() { [ "$sort" = late ] || { is_in "$number" "$before"; }; }
  programs
  finish
  ;;
*)
  if stands; then
    echo "$topology stands already: nothing was done"
    exit 0
  fi
  find_nics
  record || { echo 'what is borrowed cannot be taken down: nothing was done' >&2; exit 1; }
  raise_mtus
  wanted() { [ "$sort" != late ]; }
  programs || exit 1
  if [ "$how" = early ]; then
    mkdir -p "$base/late" && printf '%s\\n' "$failed" "$taken" >"$base/late/$topology"
    finish || exit 0
  else
    finish
  fi
  ;;
esac
`;
