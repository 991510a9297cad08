import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostConnection } from '../../../server/host/connection.ts';
import { connectThrough } from '../../../server/host/runner.ts';
import type { HostNamespace } from '../../support/host-namespace.ts';

/** What becomes of the output of one read. */
export interface Garbling {
  /** How the command line begins. */
  readonly read: string;
  readonly how: 'cut' | 'empty' | 'braces' | 'bytes' | 'code' | 'late';
  /** Where it is cut, or garbled; or the exit code. */
  readonly at: number;
}

/** Stands before a tool under its own name. It looks up what to do in three lines of a file, and hands on everything else. */
const SHIM = `#!/bin/sh
folder=\${0%/*} name=\${0##*/}
{ IFS= read -r match; IFS= read -r how; IFS= read -r at; } <"$folder/garbling" || how=
PATH=\${PATH#"$folder:"}
case "$name $*" in "$match"*) ;; *) exec env PATH="$folder:$PATH" "$(command -v "$name")" "$@" ;; esac
case $how in
late) sleep 0.3; exec "$name" "$@" ;;
empty) "$name" "$@" >/dev/null; exit 0 ;;
braces) "$name" "$@" >/dev/null; echo '[{},{}]'; exit 0 ;;
code) "$name" "$@"; exit "$at" ;;
esac
whole=$(mktemp) && "$name" "$@" >"$whole"
code=$?
head -c "$at" "$whole"
[ "$how" = cut ] || { printf '\\377\\376'; tail -c "+$((at + 1))" "$whole"; }
rm "$whole"
exit $code
`;

export const GARBLED_TOOLS = ['ip', 'bridge', 'nft', 'grep'] as const;

/** A way to the host on which these tools garble what they print, as the file says. */
export async function connectGarbled(host: HostNamespace, folder: string): Promise<HostConnection> {
  for (const tool of GARBLED_TOOLS) {
    await writeFile(join(folder, tool), SHIM);
    await chmod(join(folder, tool), 0o755);
  }
  await garble(folder, undefined);
  const path = `PATH=${folder}:${process.env['PATH'] ?? ''}`;
  return connectThrough('here', [...host.prefix, 'env', path]);
}

export async function garble(folder: string, garbling: Garbling | undefined): Promise<void> {
  const { read, how, at } = garbling ?? { read: 'nothing at all', how: '', at: 0 };
  await writeFile(join(folder, 'garbling'), `${read}\n${how}\n${String(at)}\n`);
}
