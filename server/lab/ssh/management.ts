import { Failure } from '../../core/failure.ts';
import { enterNetwork } from '../enter.ts';
import { nodeOf } from '../lab.ts';
import type { Lab } from '../lab.ts';
import { eachLimited, runTool, tryTool } from '../tool.ts';
import { HOST_ADDRESS, MANAGEMENT, MANAGEMENT_DEVICE, managementLink, NEAR_ADDRESS } from './target.ts';

/** Constant text. Arguments: device and address here, then for each host the name of its link and its pid. */
const LINK_SCRIPT = `
device=$1 address=$2
shift 2
cd /proc/sys/net/ipv6/conf && echo 0 >all/disable_ipv6 && echo 0 >default/disable_ipv6 || exit 3
while [ $# -gt 0 ]; do
  ip link show dev "$1" >/dev/null 2>&1 ||
    ip link add name "$1" type veth peer name "$device" netns "$2" || exit 1
  ip link set dev "$1" addrgenmode none && ip addr replace "$address/64" dev "$1" nodad && ip link set dev "$1" up || exit 1
  shift 2
done
`;

const HOST_SCRIPT = `
echo 0 >"/proc/sys/net/ipv6/conf/$1/disable_ipv6" || exit 3
ip link set dev "$1" addrgenmode none && ip addr replace "$2/64" dev "$1" nodad && ip link set dev "$1" up
`;

/**
 * A link of its own from each host to the management node. Nothing of a topology is on it and nothing is forwarded over it:
 * what is expected of the hosts is as true with it as without.
 */
export async function linkHosts(lab: Lab, hosts: readonly string[]): Promise<void> {
  const management = nodeOf(lab, MANAGEMENT);
  const { stdout } = await tryTool([...enterNetwork(management), 'ip', '-o', 'link', 'show', 'type', 'veth']);
  const there = new Set([...stdout.matchAll(/^\d+: ([^@:\s]+)/gm)].map(([, name]) => name));
  // The former end of a link whose other one went with its node may take a moment to vanish.
  await unlinkHosts(
    lab,
    hosts.filter((host) => !there.has(managementLink(host))),
  );
  const words = hosts.flatMap((host) => [managementLink(host), String(nodeOf(lab, host).pid)]);
  const link = ['sh', '-c', LINK_SCRIPT, 'link', MANAGEMENT_DEVICE, NEAR_ADDRESS, ...words];
  await runHere('make the management links', [...enterNetwork(management), ...link]);
  await eachLimited(hosts, 4, async (host) => {
    const set = ['sh', '-c', HOST_SCRIPT, 'link', MANAGEMENT_DEVICE, HOST_ADDRESS];
    await runHere(`set up the management link of ${host}`, [...enterNetwork(nodeOf(lab, host)), ...set]);
  });
}

/** With one end goes the other. */
export async function unlinkHosts(lab: Lab, hosts: readonly string[]): Promise<void> {
  const script = 'ip link delete dev "$1" 2>/dev/null || ! ip link show dev "$1" >/dev/null 2>&1';
  await eachLimited(hosts, 4, async (host) => {
    const argv = ['sh', '-c', script, 'unlink', MANAGEMENT_DEVICE];
    await runTool(`remove the management link of ${host}`, [...enterNetwork(nodeOf(lab, host)), ...argv]);
  });
}

async function runHere(purpose: string, argv: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await tryTool(argv);
  if (exitCode === 0) return;
  if (exitCode === 3)
    throw new Failure('unsupported', 'Hosts over ssh in the lab need IPv6', {
      detail: `Their management links have link-local addresses, and this kernel has none: ${stderr.trim()}`,
      toDo: ['Leave --ssh out, or start the kernel without ipv6.disable=1.'],
    });
  throw new Failure('lab', `The lab could not ${purpose}`, { detail: stderr.trim().slice(0, 2000) });
}
