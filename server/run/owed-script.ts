/**
 * Rules whose flows nobody has judged yet, on the managed host: constant text, a part of `journal-script.ts`. See
 * `flows-owed.ts`.
 */
export const OWED_FUNCTIONS = `
# What run $1 leaves to be judged.
owe() {
  from=$1
  owner=$(word "$from/id")
  shift
  for each; do
    [ ! -s "$from/flows-$each" ] || { mkdir -p "$base/owed/$owner" && mv -T "$from/flows-$each" "$base/owed/$owner/$each"; }
  done
}

show_owed() {
  set +f
  for each in "$base"/owed/*/* "$base"/run/flows-* "$base"/undoing-*/flows-* "$base"/holding-*/flows-*; do
    [ -s "$each" ] || continue
    case $each in
    "$base"/owed/*) owner=\${each%/*} owner=\${owner##*/} ;;
    *) owner=$(word "\${each%/*}/id") ;;
    esac
    printf '\\nowed %s ' "$owner"
    cat "$each"
  done
  set -f
}

judged() {
  ! is_ours "$base/run" || rm -f "$base/run/flows-before" "$base/run/flows-after"
  rm -rf "$base/owed/$id"
  rmdir "$base/owed" 2>/dev/null || :
}
`;
