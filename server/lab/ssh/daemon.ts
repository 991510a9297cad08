/** An sshd in a host of the lab, which listens on its management link and lets the lab's own key in. */
import { Failure } from '../../core/failure.ts';
import { groupsPreload } from '../agent-binary.ts';
import { enterNode } from '../enter.ts';
import { nodeOf } from '../lab.ts';
import type { Lab } from '../lab.ts';
import { runTool, tryTool } from '../tool.ts';
import { groundOf } from '../vm/ground.ts';
import type { Sshd } from './sshd.ts';
import { HOST_ADDRESS, MANAGEMENT_DEVICE } from './target.ts';

/** In the host's own /run. */
const FOLDER = '/run/trunkline-sshd';

function configText({ parts }: Sshd, port: number): string {
  const lines = [
    ...parts,
    'AddressFamily inet6',
    `ListenAddress [${HOST_ADDRESS}%${MANAGEMENT_DEVICE}]:${String(port)}`,
    `HostKey ${FOLDER}/host_key`,
    `PidFile ${FOLDER}/pid`,
    `AuthorizedKeysFile ${FOLDER}/authorized_keys`,
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'UsePAM no',
    'UseDNS no',
    // In a user namespace / belongs to nobody.
    'StrictModes no',
    'MaxSessions 100',
    'MaxStartups 100',
    'AllowAgentForwarding no',
    'AllowTcpForwarding no',
    'X11Forwarding no',
    'PermitTunnel no',
    'PermitUserRC no',
    'PrintMotd no',
    'PrintLastLog no',
    'LogLevel VERBOSE',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * Constant text. Arguments: whether users are the machine's or only root, the sizes of the three files on stdin, then the
 * daemon as a command. Where one runs with the same files already, it stays.
 */
const START_SCRIPT = `
users=$1
umask 022
mkdir -p ${FOLDER} /run/sshd && cd ${FOLDER} || exit 1
(umask 077; head -c "$2" >host_key.new; head -c "$3" >authorized_keys.new; head -c "$4" >config.new) || exit 1
shift 4
pid=$(cat pid 2>/dev/null)
if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then
  same=1
  for file in host_key authorized_keys config; do cmp -s $file $file.new || same=; done
  if [ -n "$same" ]; then rm -f ./*.new; exit 0; fi
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
fi
rm -f pid
for file in host_key authorized_keys config; do mv $file.new $file || exit 1; done
replace() { cat >"/etc/$1.new" && chmod "$2" "/etc/$1.new" && mv "/etc/$1.new" "/etc/$1"; }
if [ "$users" = root-only ]; then
  printf '%s\\n' root:x:0:0:root:/:/bin/sh sshd:x:0:0::/run/sshd:/usr/sbin/nologin | replace passwd 644 || exit 1
  printf '%s\\n' root:x:0: | replace group 644 || exit 1
  printf '%s\\n' 'root:*:19000:0:99999:7:::' | replace shadow 600 || exit 1
else
  grep -q '^sshd:' /etc/passwd || { cat /etc/passwd; echo sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin; } | replace passwd 644 || exit 1
  ! grep -qs '^root:!' /etc/shadow || sed 's/^root:!*:/root:*:/; s/^root:!!*/root:*/' /etc/shadow | replace shadow 600 || exit 1
fi
# What logs of logins there are belong to the machine.
grep -q '^trunkline /var/log ' /proc/self/mounts || mount -t tmpfs -o mode=755 trunkline /var/log || exit 1
"$@" -D -f ${FOLDER}/config -E ${FOLDER}/log </dev/null >/dev/null 2>&1 &
started=$!
while [ ! -s pid ]; do
  kill -0 $started 2>/dev/null || { tail -n 5 log >&2; exit 1; }
  sleep 0.02
done
`;

const STOP_SCRIPT = `
pid=$(cat ${FOLDER}/pid 2>/dev/null) || exit 0
! kill "$pid" 2>/dev/null || while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
rm -rf ${FOLDER}
umount /var/log
`;

/** The machine's sshd, and what it takes to run it in the nodes of a lab. */
export interface NodeSshd extends Sshd {
  /** They are in a user namespace where root is the only user. */
  readonly rootless: boolean;
  readonly environment: readonly string[];
}

export async function sshdForNodes(lab: Lab, sshd: Sshd): Promise<NodeSshd> {
  const { rootless } = await groundOf(lab.folder);
  const libraries = sshd.libraries.length === 0 ? [] : [`LD_LIBRARY_PATH=${sshd.libraries.join(':')}`];
  const preload = rootless ? [`LD_PRELOAD=${await groupsPreload()}`] : [];
  return { ...sshd, rootless, environment: [...libraries, ...preload] };
}

/** Throws `lab` with what it said where it does not come to listen. */
export async function startDaemon(
  lab: Lab,
  host: string,
  sshd: NodeSshd,
  entry: { readonly hostKey: string; readonly client: string; readonly port: number },
): Promise<void> {
  const node = nodeOf(lab, host);
  const { rootless, environment } = sshd;
  const files = [entry.hostKey, entry.client, configText(sshd, entry.port)];
  const daemon = ['setsid', 'env', ...environment, sshd.program];
  const sizes = files.map((text) => String(Buffer.byteLength(text)));
  const start = ['sh', '-c', START_SCRIPT, 'sshd', rootless ? 'root-only' : 'machine', ...sizes, ...daemon];
  const { exitCode, stderr } = await tryTool([...enterNode(node), ...start], files.join(''));
  if (exitCode === 0) return;
  throw new Failure('lab', `sshd does not start in ${host}`, { detail: stderr.trim().slice(0, 2000) });
}

/** Ends it with what it kept; its sessions end with their clients. Nothing where there is none. */
export async function stopDaemon(lab: Lab, host: string): Promise<void> {
  await runTool(`end the sshd of ${host}`, [...enterNode(nodeOf(lab, host)), 'sh', '-c', STOP_SCRIPT]);
}
