/**
 * The script that lies with the files of a service that is one program, as constant text, and is all that handles it:
 *
 *     control take KEY    the files beside (`KEY.new`) are checked, put in place, and put in force
 *     control stop KEY    ends it, and leaves nothing
 *     control keep KEY    runs it, and again whenever it dies: a unit of systemd's, or a process of its own
 *     control state KEY   `running` or `stopped`
 *
 * KEY names the folder, and the network stack (`flow/service.ts`). A process is ours where its command line names our folder: a
 * number in a file may be somebody else's by now. What runs goes on until what is to take its place was found good. Its parts
 * know `$dir` (its folder), `$new` (what is to be taken) and `$inside` (before whatever is to run in the stack).
 */
import { SERVICES } from '../flow/service.ts';

export interface ControlledProgram {
  /** It is told by `PROGRAM.conf`, and writes `PROGRAM.pid`. */
  readonly program: string;
  /** Debian's name of what has it. */
  readonly debian: string;
  /** A command that fails, and says why, where what lies in `$new` is not good. */
  readonly check: string;
  /** The program in the foreground. */
  readonly run: string;
}

export function controlScript({ program, debian, check, run }: ControlledProgram): string {
  return `
set -u
umask 077
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
how=$1 key=$2
dir=${SERVICES}/$key
new=$dir.new
stack=\${key%%.*}
inside=
[ "$stack" = _ ] || inside="nsenter --net=/run/netns/$stack --"

say() { echo "$*" >&2; }

# $1: the file that holds the number of a process.
pid_of() {
  pid=
  { read -r pid <"$1" && tr '\\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$dir/"; } 2>/dev/null || pid=
  [ -n "$pid" ]
}

runs() { pid_of "$dir/${program}.keeper" && pid_of "$dir/${program}.pid"; }

take() {
  if ! said=$(check 2>&1); then
    rm -rf "$new"
    say "$said"
    exit 1
  fi
  mkdir -p "$dir" && cp "$new/control" "$dir/control.new" && mv "$dir/control.new" "$dir/control" || exit 1
  as_is=
  ! cmp -s "$new/${program}.conf" "$dir/${program}.conf" || ! runs || as_is=yes
  for each in ${program}.conf topology settings; do mv "$new/$each" "$dir/$each" || exit 1; done
  rm -rf "$new"
  [ -n "$as_is" ] || { end && start; }
  comes_up
}

check() {
  command -v ${program} >/dev/null || { echo "${program} is not installed (apt-get install ${debian})"; return 1; }
  said=$(${check} 2>&1) || { echo "${program} refuses what it is told: $said"; return 1; }
}

start() {
  : >"$dir/log"
  if ! { [ -d /run/systemd/system ] && as_unit; }; then
    setsid sh "$dir/control" keep "$key" </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  fi
}

as_unit() {
  systemd-run --quiet --collect --unit="trunkline-${program}-$stack" --description="${program} of $stack" \\
    --property=DefaultDependencies=no --property=Restart=on-failure --property=KillMode=mixed \\
    /bin/sh "$dir/control" keep "$key"
}

comes_up() {
  looks=0
  until runs; do
    looks=$((looks + 1))
    # Nobody waits for one that says itself that it cannot.
    if [ $looks -gt 200 ] || { [ $looks -gt 10 ] && [ -s "$dir/log" ]; }; then
      say "${program} does not come up: $(tail -n 5 "$dir/log" 2>/dev/null)"
      exit 1
    fi
    sleep 0.05
  done
}

end() {
  pid_of "$dir/${program}.keeper" && kill "$pid"
  pid_of "$dir/${program}.pid" && kill "$pid"
  looks=0
  while pid_of "$dir/${program}.keeper" || pid_of "$dir/${program}.pid"; do
    looks=$((looks + 1))
    [ $looks -lt 200 ] || kill -KILL "$pid"
    sleep 0.02
  done
  rm -f "$dir/${program}.keeper" "$dir/${program}.pid"
}

stop() {
  end
  rm -rf "$dir" "$new"
  rmdir "\${dir%/*}" 2>/dev/null || :
}

state() { if runs; then echo running; else echo stopped; fi; }

seconds() { read -r up _ </proc/uptime; echo "\${up%.*}"; }

keep() {
  ending= child=
  trap 'ending=yes; [ -z "$child" ] || kill "$child" 2>/dev/null' TERM
  echo $$ >"$dir/${program}.keeper"
  while [ -z "$ending" ]; do
    began=$(seconds)
    # Of one that was killed, which a new one would take for a sign that it runs already.
    rm -f "$dir/${program}.pid"
    [ "$(wc -c <"$dir/log")" -lt 1000000 ] || : >"$dir/log"
    ${run} >>"$dir/log" 2>&1 &
    child=$!
    while kill -0 "$child" 2>/dev/null; do wait "$child"; done
    child=
    [ -n "$ending" ] || if [ $(($(seconds) - began)) -gt 5 ]; then sleep 0.1; else sleep 1; fi
  done
}

case $how in
take | stop | keep | state) "$how" ;;
*) exit 64 ;;
esac
`;
}
