/**
 * The script that lies with the files of a member of a cluster, as constant text, and is all that handles its programs:
 *
 *     control take NAMESPACE          the files beside (`NAMESPACE.new`) are checked, put in place, and put in force
 *     control stop NAMESPACE          ends everything, and leaves nothing
 *     control keep NAMESPACE PROGRAM  runs a program, and again whenever it dies: a unit of systemd's, or a process of its own
 *     control watch NAMESPACE         says to keepalived when a port loses its carrier that the gateway needs
 *     control notify NAMESPACE …      what keepalived calls when it becomes master, backup or faulty
 *
 * A program is ours where its command line names our folder: a number in a file may be somebody else's process by now. What runs
 * goes on until what is to take its place was found good.
 */
import { SERVICES } from '../../flow/service.ts';
import { LISTEN_NAME, WIRE_NAME } from './listen.ts';
import { LOST_NAME } from './uplinks.ts';

export const CONTROL_SCRIPT = `
set -u
umask 077
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
how=$1 namespace=$2
dir=${SERVICES}/$namespace
new=$dir.new
shift 2

say() { echo "$*" >&2; }

# $1: the file that holds the number of a process.
pid_of() {
  pid=
  { read -r pid <"$1" && tr '\\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$dir/"; } 2>/dev/null || pid=
  [ -n "$pid" ]
}

inside="nsenter --net=/run/netns/$namespace --"

programs() {
  for each in keepalived conntrackd uplinks; do [ ! -e "$1/$each.conf" ] || echo "$each"; done
}

take() {
  [ -e "$dir" ] && fresh= || fresh=yes
  mkdir -p "$dir" && cp "$new/control" "$dir/control.new" && mv "$dir/control.new" "$dir/control" && chmod 700 "$dir/control" || exit 1
  if ! said=$(check && wire_is_free); then
    rm -rf "$new"
    [ -z "$fresh" ] || leave_nothing
    say "$said"
    exit 1
  fi
  for program in keepalived conntrackd uplinks; do
    [ -e "$new/$program.conf" ] || end "$program"
  done
  [ -e "$new/conntrackd.conf" ] || [ ! -e "$dir/conntrackd.conf" ] || liberal 0
  changed=
  for program in $(programs "$new"); do
    cmp -s "$new/$program.conf" "$dir/$program.conf" || changed="$changed $program"
  done
  for file in holds keepalived.conf conntrackd.conf uplinks.conf ${WIRE_NAME} settings; do
    if [ -e "$new/$file" ]; then mv "$new/$file" "$dir/$file" || exit 1; else rm -f "$dir/$file"; fi
  done
  rm -rf "$new"
  for program in $(programs "$dir" | tac); do
    case "$changed " in *" $program "*) put_in_force "$program" ;; *) pid_of "$dir/$program.keeper" || start "$program" ;; esac
  done
  for program in $(programs "$dir"); do runs "$program" || exit 1; done
}

check() {
  for program in $(programs "$new"); do
    [ "$program" = uplinks ] || command -v "$program" >/dev/null || { echo "$program is not installed (apt-get install $program)"; return 1; }
  done
  said=$($inside keepalived --config-test --use-file "$new/keepalived.conf" 2>&1) || {
    echo "keepalived refuses what it is told: $said"
    return 1
  }
}

# Before the first word is said. What is ours already was asked for when it came.
wire_is_free() {
  [ -e "$new/${WIRE_NAME}" ] || return 0
  ! { pid_of "$dir/keepalived.pid" && cmp -s "$new/${WIRE_NAME}" "$dir/${WIRE_NAME}"; } || return 0
  $inside perl "$new/${LISTEN_NAME}" "\${dir%/*}" <"$new/${WIRE_NAME}" 2>&1
}

# A reload keeps what it has; conntrackd cannot, and what it carries is in the kernel meanwhile.
put_in_force() {
  if [ "$1" = keepalived ] && pid_of "$dir/keepalived.keeper" && pid_of "$dir/keepalived.pid"; then
    kill -HUP "$pid"
  else
    end "$1"
    start "$1"
  fi
}

start() {
  rm -f "$dir/$1.keeper" "$dir/$1.pid"
  if ! { [ -d /run/systemd/system ] && as_unit "$1"; }; then
    setsid sh "$dir/control" keep "$namespace" "$1" </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  fi
}

as_unit() {
  systemd-run --quiet --collect --unit="trunkline-$1-$namespace" --description="$1 of $namespace" \\
    --property=DefaultDependencies=no --property=Restart=on-failure --property=KillMode=mixed \\
    /bin/sh "$dir/control" keep "$namespace" "$1"
}

runs() {
  looks=0
  until pid_of "$dir/$1.keeper" && pid_of "$dir/$1.pid" && answers "$1"; do
    looks=$((looks + 1))
    if [ $looks -gt 100 ]; then
      say "$1 does not come up: $(tail -n 5 "$dir/log" 2>/dev/null)"
      return 1
    fi
    sleep 0.05
  done
}

# It makes its socket when it has understood what it is told.
answers() {
  [ "$1" = conntrackd ] || return 0
  socket_of
  [ -S "$socket" ]
}

socket_of() { socket=$(sed -n 's/^ *Path //p' "$dir/conntrackd.conf"); }

end() {
  pid_of "$dir/$1.keeper" && kill "$pid"
  pid_of "$dir/$1.pid" && kill "$pid"
  looks=0
  while pid_of "$dir/$1.keeper" || pid_of "$dir/$1.pid"; do
    looks=$((looks + 1))
    [ $looks -lt 200 ] || kill -KILL "$pid"
    sleep 0.02
  done
  [ "$1" = keepalived ] || [ ! -e "$dir/conntrackd.conf" ] || { socket_of && rm -f "$socket"; }
  rm -f "$dir/$1.keeper" "$dir/$1.pid"
}

stop() {
  end keepalived
  end conntrackd
  end uplinks
  # What a keepalived that was killed has left.
  [ ! -e "/run/netns/$namespace" ] || while read -r device address; do
    ip -n "$namespace" addr del "$address" dev "$device" 2>/dev/null || :
  done <"$dir/holds"
  leave_nothing
}

leave_nothing() {
  rm -rf "$dir" "$new" "\${dir%/*}"/.heard-*
  rmdir "\${dir%/*}" 2>/dev/null || :
}

seconds() { read -r up _ </proc/uptime; echo "\${up%.*}"; }

keep() {
  program=$1 ending= child=
  trap 'ending=yes; [ -z "$child" ] || kill "$child" 2>/dev/null' TERM
  echo $$ >"$dir/$program.keeper"
  : >>"$dir/log"
  while [ -z "$ending" ]; do
    began=$(seconds)
    # Of one that was killed, which a new one would take for a sign that it runs already.
    rm -f "$dir/$program.pid"
    case $program in
    keepalived)
      rm -f "$dir/vrrp.pid"
      $inside keepalived --dont-fork --no-syslog --log-console --vrrp --use-file "$dir/keepalived.conf" \\
        --pid "$dir/keepalived.pid" --vrrp_pid "$dir/vrrp.pid" >>"$dir/log" 2>&1 &
      ;;
    conntrackd)
      socket_of
      rm -f "$dir/lock" "$socket"
      liberal 1
      # What is told late is lost with a master that is lost; whatever cannot be had is gone without.
      $inside nice -n -39 conntrackd -C "$dir/conntrackd.conf" >>"$dir/log" 2>&1 &
      echo $! >"$dir/conntrackd.pid"
      ;;
    uplinks)
      sh "$dir/control" watch "$namespace" >>"$dir/log" 2>&1 &
      echo $! >"$dir/uplinks.pid"
      ;;
    esac
    child=$!
    while kill -0 "$child" 2>/dev/null; do wait "$child"; done
    child=
    [ "$program" != keepalived ] || echo stopped >"$dir/state"
    [ -n "$ending" ] || if [ $(($(seconds) - began)) -gt 5 ]; then sleep 0.1; else sleep 1; fi
  done
}

# Who becomes master again has not seen what went by the other meanwhile. Flows that it was told of are not held to their
# windows (conntrackd says so of each); its own would be, and what answers to bytes that it has not seen is invalid to it.
liberal() {
  $inside sh -c 'echo "$1" >/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal' - "$1" 2>>"$dir/log" || :
}

# Interfaces in the namespace never lose their carrier, for they are plugged into a bridge: the cable is in another port of it.
watch() {
  events=$dir/events
  rm -f "$events"
  mkfifo "$events" || exit 1
  ip -o monitor link >"$events" &
  monitor=$!
  trap 'kill "$monitor"; exit 0' TERM
  exec 9<"$events"
  ports=$(sed 's/^[^ ]* //' "$dir/uplinks.conf")
  look
  while read -r first device third _ <&9; do
    [ "$first" != Deleted ] || device=$third
    device=\${device%:} device=\${device%@*}
    for port in $ports; do [ "$port" != "$device" ] || { look; break; }; done
  done
  exit 1
}

look() {
  lost=0
  while read -r _ ports_of_it; do
    alive=
    for port in $ports_of_it; do
      ! ip -o link show dev "$port" 2>/dev/null | grep -q LOWER_UP || alive=yes
    done
    [ -n "$alive" ] || lost=$((lost + 1))
  done <"$dir/uplinks.conf"
  last=
  { read -r last <"$dir/${LOST_NAME}"; } 2>/dev/null || :
  [ "$last" = "$lost" ] || echo "$lost" >"$dir/${LOST_NAME}"
}

notify() {
  former=
  { read -r former <"$dir/state"; } 2>/dev/null || :
  printf '%s\\n' "$3" >"$dir/state.new" && mv "$dir/state.new" "$dir/state"
  [ "$(wc -c <"$dir/log")" -lt 1000000 ] || : >"$dir/log"
  [ -e "$dir/conntrackd.conf" ] || return 0
  case $3 in
  # What is known here is told to the others whole, for they may have missed some of it; and asked of them by who is new. Where
  # there were two masters, who gives way knows flows that the other has never heard of.
  MASTER) conntrackd -C "$dir/conntrackd.conf" -B ;;
  BACKUP)
    [ "$former" != MASTER ] || conntrackd -C "$dir/conntrackd.conf" -B
    conntrackd -C "$dir/conntrackd.conf" -n
    ;;
  esac >>"$dir/log" 2>&1
}

case $how in
take | stop | keep | watch | notify) "$how" "$@" ;;
*) exit 64 ;;
esac
`;
