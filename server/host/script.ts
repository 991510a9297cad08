/**
 * The script that runs on a managed host for as long as a session lives: constant text, given to `sh -c` as it is. It reads
 * frames from stdin and answers on stdout; whatever a frame carries reaches a program as an argument or on its stdin, and
 * never the shell's parser.
 *
 *     run ARGC SIZE         then ARGC lines, then SIZE bytes of stdin  ->  CODE OUT ERR, then that many bytes of each
 *     sync                                                             ->  sync
 *
 * After a program that failed, further `run` frames up to the next `sync` are skipped without an answer, so that a whole
 * batch can be sent at once. The first argument is `lock` or `free`: with `lock`, fd 9 holds an flock for the session's
 * life. Programs never inherit it: a child that outlives us must not keep the host locked.
 *
 * The second is who holds the lock; the third what programs find as SSH_CONNECTION (sshd(8)), which sudo takes away: the
 * connection that they have come by, empty where there is none.
 *
 * The three working files are unlinked before the first program and used through /proc/self/fd: a killed session leaves
 * nothing behind. A program that says nothing costs no process beside its own.
 */
export const SESSION_SCRIPT = `
set -f
umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C SSH_CONNECTION=$3
export PATH LC_ALL SSH_CONNECTION
if [ "$1" = lock ]; then
  { [ -d /run/trunkline ] || mkdir -p /run/trunkline; } && exec 9>>/run/trunkline/lock || { echo no-lock-file; exit 1; }
  if ! flock -w 5 9; then
    printf 'locked %s\\n' "$(head -c 200 /run/trunkline/holder 2>/dev/null | tr -cd 'a-zA-Z0-9@.:,_ -')"
    exit 1
  fi
  printf '%s' "$2" >/run/trunkline/holder
fi
dir=/run/trunkline.$$
if { set -C; command exec 5>"$dir.in" 6>"$dir.out" 7>"$dir.err"; } 2>/dev/null; then
  rm "$dir.in" "$dir.out" "$dir.err"
else
  dir=$(mktemp -d /run/trunkline.XXXXXX 2>/dev/null || mktemp -d) || exit 1
  exec 5>"$dir/in" 6>"$dir/out" 7>"$dir/err"
  rm -r "$dir"
fi
set +C
in=/proc/self/fd/5 out=/proc/self/fd/6 err=/proc/self/fd/7
echo ready
skip=0
while read -r word argc size; do
  case $word in
  run)
    set --
    while [ "$argc" -gt 0 ]; do
      IFS= read -r argument || exit 1
      set -- "$@" "$argument"
      argc=$((argc - 1))
    done
    if [ "$size" -gt 0 ]; then head -c "$size" >"$in"; else : >"$in"; fi
    [ "$skip" = 1 ] && continue
    "$@" <"$in" >"$out" 2>"$err" 5>&- 6>&- 7>&- 9>&-
    code=$?
    [ "$code" = 0 ] || skip=1
    if [ -s "$out" ] || [ -s "$err" ]; then
      set -- $(wc -c "$out" "$err")
      printf '%s %s %s\\n' "$code" "$1" "$3"
      cat "$out" "$err"
    else
      printf '%s 0 0\\n' "$code"
    fi
    ;;
  sync)
    skip=0
    echo sync
    ;;
  *) exit 1 ;;
  esac
done
`;
