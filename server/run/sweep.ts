/**
 * The second half of removing many links at once, as a program that needs nothing but the host: it reads the doomed group
 * back and deletes it, if it holds exactly the links that it is told of, and refuses where a stranger is in it.
 */
import type { Scope } from '../flow/resource.ts';
import type { Program } from '../host/connection.ts';

/**
 * In the JSON of `ip` a quote in an alias or a name is written `\"`, so that no foreign text can look like the name of a link of
 * ours, or hide that of another; whatever is not one of the given lines is a stranger.
 */
const SWEEP =
  'exec 3<&0; listed=$(ip ${1:+-n "$1"} -j link show group "$2") || { echo "link group $2 could not be read" >&2; exit 1; }; found=$(printf "%s\\n" "$listed" | grep -o "\\"ifname\\":\\"[^\\"]*\\""); [ -n "$found" ] || exit 0; strangers=$(printf "%s\\n" "$found" | grep -vxFf /dev/fd/3); [ -z "$strangers" ] || { printf "link group %s holds links that are not part of this run (%s): nothing in it was deleted\\n" "$2" "$(printf "%s" "$strangers" | cut -c 10- | tr "\\n" " " | head -c 300)" >&2; exit 1; }; exec ip ${1:+-n "$1"} link delete group "$2"';

/** Deletes the links of a group; does nothing where it is empty by now. */
export function sweepProgram(scope: Scope, group: number, devices: readonly string[]): Program {
  return {
    argv: ['sh', '-c', SWEEP, 'trunkline-sweep', scope, String(group)],
    stdin: devices.map((device) => `"ifname":"${device}"\n`).join(''),
  };
}
