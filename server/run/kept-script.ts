import type { AtBoot } from '../flow/run.ts';

/**
 * What was kept last, on the managed host: constant text, a part of `journal-script.ts`.
 *
 *     /etc/trunkline/TOPOLOGY/
 *       current         leads to what was kept last; one rename puts another in its place
 *       RUN/            what that run left: see `boot-files.ts`; and `previous`, which leads to what was kept before it
 *     /etc/systemd/system/trunkline-restore@TOPOLOGY.service   and trunkline-late@…: see `boot-units.ts`
 *
 * A run lays its files down in its own folder in /run (`boot`); they are copied and written through to the disk before it is
 * kept, and put in place right after. So nothing unconfirmed is ever found here, and a power cut between the two leaves what was
 * kept before. A network namespace ends with the machine's boot: what was kept in one lies in /run, and no unit is made for it;
 * it is told by the network of process 1, which is another there.
 */
export const KEPT_FUNCTIONS = `
find_place() {
  place=$base/kept units=
  [ /proc/1/ns/net -ef /proc/self/ns/net ] || return 0
  place=/etc/trunkline
  [ ! -d /run/systemd/system ] || units=/etc/systemd/system
}

topology_of() {
  topology=$(word "$1/topology")
  case $topology in '' | *[!a-z0-9-]* | -*) echo 'what is to be kept is damaged' >&2; return 1 ;; esac
}

# Written through, before anything is decided. Nothing is seen of it yet.
prepare_kept() {
  prepared=
  [ -d "$1" ] || return 0
  find_place
  topology_of "$1" || return 1
  [ ! -e "$1/gone" ] || return 0
  folder=$place/$topology
  last=
  [ ! -L "$folder/current" ] || last=$(readlink "$folder/current")
  [ "$last" != "$id" ] || return 0
  prepared=$folder/$id
  [ ! -e "$prepared" ] || rm -rf "$prepared"
  mkdir -p "$prepared" && cp "$1/state.json" "$1/digest" "$1/index" "$1/data" "$1/restore" "$prepared" || return 1
  [ -z "$last" ] || ln -s "../$last" "$folder/$id/previous" || return 1
  set +f
  sync "$folder/$id"/*.json "$folder/$id/index" "$folder/$id/data" "$folder/$id/restore" "$folder/$id/digest" "$folder/$id" "$folder" "$place"
  synced=$?
  set -f
  return $synced
}

forget_prepared() {
  [ -n "$prepared" ] || return 0
  rm -rf "$prepared"
  rmdir "$folder" "$place" 2>/dev/null || :
}

# What it prints says who brings this back when the machine starts.
place_kept() {
  [ -d "$1" ] || return 0
  find_place
  topology_of "$1" || return 1
  folder=$place/$topology
  if [ -e "$1/gone" ]; then
    remove_kept && echo nobody
    return
  fi
  ln -sfn "$id" "$folder/current.new" && mv -T "$folder/current.new" "$folder/current" && sync "$folder" || return 1
  prune_kept
  case $place$units in
  /etc/trunkline) echo no-systemd ;;
  /etc/trunkline*) place_unit "$1/unit" restore sysinit && place_unit "$1/unit-late" late multi-user && echo systemd ;;
  *) echo namespace ;;
  esac
}

# Whoever has switched a unit of ours off wants it off.
place_unit() {
  unit=trunkline-$2@$topology.service
  [ ! -e "$units/$unit" ] || ! cmp -s "$1" "$units/$unit" || return 0
  wants=$units/$3.target.wants
  new=
  [ -e "$units/$unit" ] || new=yes
  cp "$1" "$units/.$unit.new" && chmod 644 "$units/.$unit.new" && sync "$units/.$unit.new" && mv -T "$units/.$unit.new" "$units/$unit" || return 1
  [ -z "$new" ] || { (umask 022; mkdir -p "$wants") && ln -sfT "../$unit" "$wants/$unit" && sync "$wants"; } || return 1
  sync "$units"
}

remove_kept() {
  if [ -n "$units" ]; then
    for each in restore/sysinit late/multi-user; do
      unit=trunkline-\${each%/*}@$topology.service
      wants=$units/\${each#*/}.target.wants
      [ ! -L "$wants/$unit" ] || { rm -f "$wants/$unit" && sync "$wants"; } || return 1
      [ ! -e "$units/$unit" ] || { rm -f "$units/$unit" && sync "$units"; } || return 1
    done
  fi
  [ -d "$folder" ] || return 0
  rm -rf "$place/.gone-$topology"
  mv -T "$folder" "$place/.gone-$topology" && sync "$place" && rm -rf "$place/.gone-$topology" || return 1
  if rmdir "$place" 2>/dev/null; then sync "\${place%/*}"; else sync "$place"; fi
}

# Of what was kept, the last and the two before it.
prune_kept() {
  set -- "$folder/current" "$folder/current/previous" "$folder/current/previous/previous"
  kept=
  for each; do
    [ -L "$each" ] && leads=$(readlink "$each") || break
    kept="$kept \${leads#../}"
  done
  set +f
  for each in "$folder"/*; do
    case "$each $kept " in
    */current\\ *) ;;
    *) case " $kept " in *" \${each##*/} "*) ;; *) rm -rf "$each" ;; esac ;;
    esac
  done
  set -f
}

# For a host where a run has nothing to change: whether what was kept is what is wanted.
check_kept() {
  find_place
  folder=$place/$1
  found=$(word "$folder/current/digest")
  if [ -z "$2" ]; then
    [ -e "$folder" ] && echo other || echo same
    return
  fi
  [ -z "$units" ] || [ -e "$units/trunkline-restore@$1.service" ] || found=
  [ "$found" = "$2" ] && echo same || echo other
}

show_kept() {
  find_place
  for each in current current/previous current/previous/previous; do
    [ ! -e "$place/$1/$each/state.json" ] || cat "$place/$1/$each/state.json"
  done
}
`;

/**
 * `sh -c STAGE … FOLDER (NAME SIZE)…` with the contents one after another on stdin: files of a folder in /run/trunkline, which
 * is made anew. A size is a number of bytes, or of lines (`3l`): a few lines the shell copies faster than it starts a process.
 */
export const STAGE =
  'umask 077; d=/run/trunkline/$1; shift; { [ ! -e "$d" ] || rm -rf "$d"; } && mkdir -p "$d" || exit 1; while [ $# -gt 0 ]; do case $2 in *l) n=${2%l}; while [ "$n" -gt 0 ]; do IFS= read -r line && printf "%s\\n" "$line" || exit 1; n=$((n - 1)); done ;; 0) : ;; *) head -c "$2" ;; esac >"$d/$1" || exit 1; shift 2; done';

const AT_BOOT: readonly AtBoot[] = ['systemd', 'no-systemd', 'namespace', 'nobody'];

/** What `place_kept` has printed. */
export function atBootOf(text: string): AtBoot | null {
  const word = text.trim().split('\n').at(-1) ?? '';
  return word === '' ? null : (AT_BOOT.find((each) => each === word) ?? 'unwritten');
}
