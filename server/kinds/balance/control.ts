/**
 * The program that looks after targets, as constant text: bash, which can open connections by itself, told by lines of its
 * configuration.
 *
 *     table NAME
 *     target NUMBER ADDRESS PORT
 *     balance MAP COUNT|KEY|NUMBER ADDRESS . PORT|…
 *
 * A connection to each target is tried every second; a target that two in a row fail is lost until one succeeds. Where there is
 * no way to a target, as on a member of a cluster that holds no address there, nothing is known of it, and it counts as alive. The
 * maps are written whole, in one transaction, where they are not as they should be.
 */
import { FIRST_NUMBER } from '../nft-balance.ts';
import { controlScript } from '../service-control.ts';

// Between single quotes of the script that it is part of: it has none itself.
const LOOKS_AFTER = `
dir=$1
declare -A address port failed jobs
targets=() lines=() maps=()
trap "kill \\$(jobs -p) 2>/dev/null; exit" TERM
echo $$ >"$dir/bash.pid"
exec 8<> <(:)
while read -r word first rest; do
  case $word in
  table) table=$first ;;
  target)
    read -r to at <<<"$rest"
    targets+=("$first") address[$first]=$to port[$first]=$at failed[$first]=0
    ;;
  balance)
    lines+=("$first $rest")
    case " \${maps[*]} " in *" $first "*) ;; *) maps+=("$first") ;; esac
    ;;
  esac
done <"$dir/bash.conf"

answers() {
  ip route get "$1" >/dev/null 2>&1 || return 0
  timeout 1 bash -c "exec 3<>/dev/tcp/\\$0/\\$1" "$1" "$2" 2>/dev/null
}

wanted() {
  for map in "\${maps[@]}"; do echo "flush map inet $table $map"; done
  for line in "\${lines[@]}"; do
    IFS="|" read -r -a parts <<<"$line"
    read -r map count <<<"\${parts[0]}"
    values=()
    for part in "\${parts[@]:2}"; do
      [ "\${failed[\${part%% *}]}" -ge 2 ] || values+=("\${part#* }")
    done
    [ \${#values[@]} -gt 0 ] || continue
    for ((number = 0; number < count; number++)); do
      echo "add element inet $table $map { $((${String(FIRST_NUMBER)} + number)) . \${parts[1]} : \${values[number % \${#values[@]}]} }"
    done
  done
}

there() { for map in "\${maps[@]}"; do nft list map inet "$table" "$map"; done | cksum; }

known=
while :; do
  for target in "\${targets[@]}"; do
    answers "\${address[$target]}" "\${port[$target]}" &
    jobs[$target]=$!
  done
  lost=
  for target in "\${targets[@]}"; do
    if wait "\${jobs[$target]}"; then failed[$target]=0; else failed[$target]=$((failed[$target] + 1)); fi
    [ "\${failed[$target]}" -lt 2 ] || lost="$lost $target"
  done
  if [ "$known" != "$lost/$(there)" ]; then
    wanted | nft -f - || exit 1
    known="$lost/$(there)"
  fi
  read -r -t 1 -u 8
done
`;

export const CONTROL_SCRIPT = controlScript({
  program: 'bash',
  debian: 'bash',
  check: 'grep -q "^table " "$new/bash.conf"',
  run: `$inside bash -c '${LOOKS_AFTER}' "$dir/bash" "$dir"`,
});
