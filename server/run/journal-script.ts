import { KEPT_FUNCTIONS } from './kept-script.ts';
import { OWED_FUNCTIONS } from './owed-script.ts';

/**
 * What the managed host itself knows of a run, and does about it: constant text, run by `sh`, needing no network, no Node and
 * no Trunkline. Everything lies in /run/trunkline (a reboot inside the window means undone: nothing unconfirmed outlives it).
 *
 *     run/            the run that is being made, or waits for confirmation; at most one a host
 *       id meta       its name, and what people are told of it (JSON that no shell reads)
 *       index data    the inverse: `run AFTER ARGC OFFSET SIZE`, then ARGC lines; and the programs' input, one after another
 *       begun         number of the batch that is being run
 *       state         `writing`, then `ready` when it only waits
 *       deadline      in hundredths of a second since boot, which no change of the clock moves
 *       session program watchdog     process number and start time of who is at work
 *       boot/         what makes this again when the host starts, once it is kept: see `kept-script.ts`
 *       flows-before flows-after   rules of before and after, for whoever judges flows: see `flows-owed.ts`
 *     owed/ID/        the same of runs that were undone, or broke off, until somebody has judged
 *     ended/ID        how a run ended, and what could not be undone
 *
 * What becomes of a run is decided by renaming its folder, which only one can do: `confirmed-ID` keeps it, `undoing-ID`
 * undoes it, `holding-ID` is the moment in which its deadline is moved.
 *
 * Undoing frees no memory and needs no space: input is piped from the one file, and frames are found by their offsets even
 * where a program did not read all that it was given.
 */
export const JOURNAL_SCRIPT = `
set -f
umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL
base=/run/trunkline
verb=$1 id=$2

started() { read -r stat <"/proc/$1/stat" || return; set -- \${stat##*) }; [ "$1" = Z ] || echo "\${20}"; } 2>/dev/null
alive() { [ -n "$2" ] && [ "$(started "$1")" = "$2" ]; }
now() { read -r up _ </proc/uptime; echo "\${up%.*}\${up#*.}"; }
word() { line=; read -r line 2>/dev/null <"$1"; printf '%s' "$line"; } 2>/dev/null
is_ours() { [ "$(word "$1/id")" = "$id" ]; }
put() { printf '%s\\n' "$2" >"$1.new" && mv -T "$1.new" "$1"; }

end_process() {
  set -- $(word "$1")
  n=0
  while alive "$1" "$2" && [ $n -lt 300 ]; do
    kill -KILL "$1" 2>/dev/null
    sleep 0.1
    n=$((n + 1))
  done
}

end_watchdog() {
  set -- $(word "$1/watchdog")
  if [ "$1" != $$ ] && alive "$1" "$2"; then kill -s TERM -- "-$1" 2>/dev/null || kill -TERM "$1"; fi
}

note_end() {
  { [ -d "$base/ended" ] || mkdir -p "$base/ended"; } && printf '%s %s\\n%s' "$1" "$(date +%s)" "$2" >"$base/ended/$id.new" && mv -T "$base/ended/$id.new" "$base/ended/$id"
  set +f
  set -- "$base"/ended/*
  set -f
  while [ $# -gt 50 ]; do rm -f "$1"; shift; done
}

arm() {
  for_s=$1 meta=$2 over=$3 new=$base/run.new
  set +f
  for other in "$base"/undoing-* "$base"/holding-* "$base/run"; do
    [ -d "$other" ] || continue
    if [ "$(word "$other/id")" != "$over" ]; then echo 'another run is not over on this host' >&2; exit 1; fi
    end_process "$other/program"
    end_watchdog "$other"
    owe "$other" before after
    rm -rf "$other"
  done
  for other in "$base"/confirmed-* "$base"/done-*; do [ ! -d "$other" ] || rm -rf "$other"; done
  set -f
  { printf '%s\\n' "$id" >"$new/id" && printf '%s\\n' "$meta" >"$new/meta" && echo 0 >"$new/begun" && echo writing >"$new/state" &&
    echo "$PPID $(started $PPID)" >"$new/session" && echo $(($(now) + for_s * 100)) >"$new/deadline" && echo "$for_s" >"$new/window"; } || exit 1
  set +f
  sync "$new"/* || exit 1
  set -f
  mv -T "$new" "$base/run" && sync "$base" || exit 1
  [ "$for_s" != 0 ] || return 0
  if ! { [ -d /run/systemd/system ] && systemd-run --quiet --collect --unit "trunkline-$id" sh "$base/run/script" watch "$id" >/dev/null 2>&1; }; then
    # It closes this pipe once it watches: nobody has to look again and again.
    : "$(setsid sh "$base/run/script" watch "$id" </dev/null 2>/dev/null &)"
  fi
  n=0
  until [ -e "$base/run/watchdog" ]; do
    n=$((n + 1))
    if [ $n -gt 200 ]; then rm -rf "$base/run"; echo 'the watchdog did not start' >&2; exit 1; fi
    sleep 0.05
  done
}

watch() {
  last=0 held=0 missed=0
  read_deadline "$base/run/deadline"
  put "$base/run/watchdog" "$$ $(started $$)" || exit 1
  exec >/dev/null
  while :; do
    if is_ours "$base/run"; then
      read_deadline "$base/run/deadline"
      left=$((last - $(now)))
      if [ $left -gt 0 ]; then
        [ $left -lt 500 ] || left=500
        sleep "$((left / 100)).$((left / 10 % 10))$((left % 10))"
      else
        mv -T "$base/run" "$base/undoing-$id" 2>/dev/null && break
      fi
    elif is_ours "$base/holding-$id"; then
      held=$((held + 1))
      [ $held -lt 50 ] || { mv -T "$base/holding-$id" "$base/undoing-$id" 2>/dev/null && break; }
      sleep 0.1
    elif is_ours "$base/undoing-$id"; then
      set -- $(word "$base/undoing-$id/undoer")
      alive "$1" "$2" || break
      sleep 1
    else
      missed=$((missed + 1))
      [ ! -e "$base/ended/$id" ] && [ $missed -lt 50 ] || exit 0
      sleep 0.1
    fi
  done
  end_process "$base/undoing-$id/session"
  exec 9>>"$base/lock"
  flock -w 10 9
  undo_all 999999
}

# Read byte by byte while it may be written: only what is read twice is believed.
read_deadline() {
  until read_once=$(word "$1") && [ "$read_once" = "$(word "$1")" ]; do :; done
  case $read_once in
  '' | *[!0-9]*) ;;
  *) last=$read_once ;;
  esac
}

undo_all() {
  u=$base/undoing-$id
  put "$u/undoer" "$$ $(started $$)"
  end_process "$u/program"
  begun=$(word "$u/begun")
  [ "$begun" -le "$1" ] || begun=$1
  problems=$(run_inverse <"$u/index") || problems="$problems
Undoing was cut off before its end."
  note_end undone "$problems
"
  [ "$begun" = 0 ] || owe "$u" before after
  end_watchdog "$u"
  rm -rf "$u"
  printf '%s' "$problems"
}

run_inverse() {
  while read -r frame after argc offset size; do
    set --
    while [ "$argc" -gt 0 ]; do
      IFS= read -r argument || return 1
      set -- "$@" "$argument"
      argc=$((argc - 1))
    done
    [ "$after" -le "$begun" ] || continue
    said=$(tail -c "+$((offset + 1))" "$u/data" 2>/dev/null | head -c "$size" | "$@" 2>&1 >/dev/null 9>&-) || printf '%s: %.500s\\n' "$1" "$said"
  done
}

undo() {
  if is_ours "$base/undoing-$id"; then
    set -- "$1" $(word "$base/undoing-$id/undoer")
    ! alive "$2" "$3" || { tell_end; exit 3; }
  fi
  if ! is_ours "$base/undoing-$id"; then
    # Another run may stand there by now.
    { is_ours "$base/run" && mv -T "$base/run" "$base/undoing-$id" 2>/dev/null; } ||
      mv -T "$base/holding-$id" "$base/undoing-$id" 2>/dev/null || { tell_end; exit 3; }
  fi
  set -- "$1" $(word "$base/undoing-$id/session")
  [ "$2" = $PPID ] || end_process "$base/undoing-$id/session"
  undo_all "$1"
}

# With the second word 'ready': only what waits already, and says what it is.
hold() {
  [ -z "$2" ] || ! is_ours "$base/run" || [ "$(word "$base/run/state")" = ready ] || { echo writing; exit 3; }
  is_ours "$base/run" && mv -T "$base/run" "$base/holding-$id" 2>/dev/null || { tell_end; exit 3; }
  last=0
  read_deadline "$base/holding-$id/deadline"
  until=$(($(now) + $1 * 100))
  [ $until -gt $last ] || until=$last
  put "$base/holding-$id/deadline" $until && echo ready >"$base/holding-$id/state" && mv -T "$base/holding-$id" "$base/run" || exit 1
  echo $((until - $(now)))
  [ -z "$2" ] || word "$base/run/meta"
}

keep() {
  is_ours "$base/run" || { tell_end; exit 3; }
  [ "$1" != confirmed ] || [ "$(word "$base/run/state")" = ready ] || { echo writing; exit 3; }
  prepare_kept "$base/run/boot" || { forget_prepared; echo 'what brings this back when the host starts cannot be written' >&2; exit 1; }
  mv -T "$base/run" "$base/$1-$id" 2>/dev/null || { forget_prepared; tell_end; exit 3; }
  note_end "$1"
  place_kept "$base/$1-$id/boot" || echo unwritten
  end_watchdog "$base/$1-$id"
  owe "$base/$1-$id" before
  rm -rf "$base/$1-$id"
}

settle() {
  prepare_kept "$base/kept.new" && place_kept "$base/kept.new"
  settled=$?
  rm -rf "$base/kept.new"
  exit $settled
}
${KEPT_FUNCTIONS}${OWED_FUNCTIONS}
tell_end() {
  for end in confirmed done undoing; do [ ! -d "$base/$end-$id" ] || { echo $end; return; }; done
  cat "$base/ended/$id" 2>/dev/null || echo unknown
}

# What undoing left behind here since a run was kept last: RUN, then what it said.
problems() {
  set +f
  set -- "$base"/ended/*
  set -f
  left=
  for each; do
    case $(word "$each") in
    undone*) [ -z "$(sed -n '2{/./p;}' "$each")" ] || left="$left $each" ;;
    confirmed* | done*) left= ;;
    esac
  done
  for each in $left; do
    printf 'run %s\\n' "\${each##*/}"
    sed '1d; s/^/said /' "$each"
  done
}

# A folder may be renamed while it is read, or between two looks.
show() {
  for look in 1 2 3 4 5; do
    shown=$(show_once) && [ -n "$shown" ] && break
    [ $look -lt 2 ] || [ -n "$shown" ] || break
  done
  printf '%s' "$shown"
  [ "$id" != owed ] || show_owed
}

show_once() {
  set +f
  for folder in "$base/run" "$base"/holding-* "$base"/undoing-*; do
    [ -d "$folder" ] || continue
    watchdog=none undoer=dead
    set -- $(word "$folder/watchdog")
    [ -z "$1" ] || { watchdog=dead; ! alive "$1" "$2" || watchdog=alive; }
    set -- $(word "$folder/undoer")
    ! alive "$1" "$2" || undoer=alive
    last=0
    read_deadline "$folder/deadline"
    printf 'run %s %s %s %s %s %s\\n%s\\n' "\${folder##*/}" "$(word "$folder/state")" "$(word "$folder/window")" $((last - $(now))) $watchdog $undoer "$(word "$folder/meta")"
    [ -s "$folder/meta" ] || exit 1
  done
}

case $verb in
arm) arm "$3" "$4" "$5" ;;
watch) watch ;;
undo) undo "$3" ;;
hold) hold "$3" "$4" ;;
keep) keep "$3" ;;
end) tell_end ;;
show) show ;;
problems) problems ;;
judged) judged ;;
settle) settle ;;
check) check_kept "$id" "$3" ;;
kept) show_kept "$id" ;;
*) exit 64 ;;
esac
`;

/**
 * `sh -c LAY_DOWN … SCRIPT BEFORE AFTER INDEX RUN WINDOW META OVER` with the contents of these four files on stdin, one after
 * another, and of `data` behind them: the sizes of the four in bytes, `-` for one that there is not. Then the run stands.
 */
export const LAY_DOWN =
  'umask 077; d=/run/trunkline/run.new; { [ ! -e "$d" ] || rm -rf "$d"; } && mkdir -p "$d" || exit 1; for each in script flows-before flows-after index; do [ "$1" = - ] || head -c "$1" >"$d/$each" || exit 1; shift; done; cat >"$d/data" || exit 1; exec sh "$d/script" arm "$@"';

/**
 * `sh -c BEGIN … BATCH PROGRAM…`: notes which batch is begun and who runs it, moves the deadline of an armed run (a run that
 * goes on is no run that hangs), and becomes the program. The folder is not there any more where somebody else has decided
 * to undo the run: then nothing is begun.
 */
export const BEGIN =
  'r=/run/trunkline/run; k=$1; shift; started() { read -r stat <"/proc/$$/stat" || return; set -f; set -- ${stat##*) }; begun=${20}; }; started && echo "$$ $begun" >"$r/program" && echo "$k" >"$r/begun" && read -r window <"$r/window" && { [ "$window" = 0 ] || { read -r up _ </proc/uptime; echo "$((${up%.*}${up#*.} + window * 100))" >"$r/deadline"; }; } || { echo "the run was ended by somebody else" >&2; exit 75; }; exec "$@"';
