/**
 * What of ours runs on the host, as a function of the observing script: constant text. A line `tool NAME` for each program that is
 * installed, then for each folder `service KEY STATE BYTES` and its files as they were sent. A process is ours where its command
 * line names the folder.
 */
import { SERVICE_PROGRAMS, SERVICES } from '../flow/service.ts';

export const SERVICES_FUNCTIONS = `
services() {
  for tool in ${SERVICE_PROGRAMS.join(' ')}; do
    ! command -v "$tool" >/dev/null 2>&1 && [ ! -x "/usr/sbin/$tool" ] || echo "tool $tool"
  done
  [ -d ${SERVICES} ] || return 0
  set +f
  for folder in ${SERVICES}/*/; do
    folder=\${folder%/} key=\${folder%/} key=\${key##*/} state=running
    case $key in '' | *[!a-z0-9._-]* | *.*.* | *.new) continue ;; esac
    [ -e "$folder/settings" ] || continue
    for config in "$folder"/*.conf; do
      program=\${config%.conf}
      for file in "$program.keeper" "$program.pid"; do is_ours "$file" "$folder/" || state=stopped; done
    done
    printf 'service %s %s %s\\n' "$key" "$state" "$(wc -c <"$folder/settings")"
    cat "$folder/settings" || return 1
  done
  set -f
}

is_ours() {
  { read -r pid <"$1" && tr '\\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$2"; } 2>/dev/null
}
`;
