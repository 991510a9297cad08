/**
 * How the tables of a stack are listed, as functions of the observing script: constant text. `nft -j list ruleset` gives up as a
 * whole (exit code 134, nft 1.0.6) where any name in it is not UTF-8, and the kernel takes such names for tables, chains and
 * sets: then each table is listed by itself, one document a line behind an empty one. What cannot be listed even so is somebody
 * else's, and set aside: a table with a name that we do not give, or one whose content has such names and whose own is none
 * of those that ours have. One of ours fails the reading.
 */
export const TABLES_FUNCTIONS = `
tables() {
  (ulimit -c 0; exec $in nft -j list ruleset) && return
  # Any other failure is one: what was printed before it would count twice.
  code=$?
  [ "$code" = 134 ] || return "$code"
  one_by_one
}

one_by_one() {
  echo '{"nftables": [{"metainfo": {}}]}'
  seen=' '
  listed=$($in nft list tables) || return
  printf '%s\\n' "$listed" | while read -r word family table more; do
    case "$word $family" in 'table ip' | 'table ip6' | 'table inet' | 'table bridge' | 'table arp' | 'table netdev') ;; *) continue ;; esac
    case $table$more in '' | *[!A-Za-z0-9_.-]* | -*) continue ;; esac
    # A name with a line break looks like two tables, and the second may be there besides.
    case $seen in *" $family:$table "*) continue ;; esac
    seen="$seen$family:$table "
    (ulimit -c 0; exec $in nft -j list table "$family" "$table") 2>/dev/null && continue
    # There is none of that name.
    $in nft list table "$family" "$table" >/dev/null 2>&1 || continue
    case $table in *-filter | *-nat | *-isolation) echo "table $family $table has names that nft cannot list as JSON" >&2; exit 1 ;; esac
  done
}
`;
