import { Failure } from '../core/failure.ts';
import type { Model } from '../flow/model.ts';
import { plugPointsNeeded } from '../reach/world/plug-points.ts';
import { RIGHTS_NEEDED } from './nodes.ts';
import { tryTool } from './tool.ts';
import type { Ground } from './vm/ground.ts';

/** Something that a kernel may lack. Each is found out by trying it in a network namespace made for that. */
const NEEDS = {
  bridge: 'bridges (CONFIG_BRIDGE)',
  veth: 'veth pairs (CONFIG_VETH)',
  'vlan-filtering': 'bridges with VLAN filtering (CONFIG_BRIDGE_VLAN_FILTERING)',
  bond: 'bonds (CONFIG_BONDING)',
  vlan: '802.1Q VLAN devices (CONFIG_VLAN_8021Q)',
  vxlan: 'VXLAN (CONFIG_VXLAN)',
  nft: 'nftables with connection tracking in the inet family (CONFIG_NF_TABLES_INET, CONFIG_NFT_CT)',
  nat: 'NAT in the inet family (CONFIG_NFT_NAT, CONFIG_NFT_MASQ)',
  spread: 'numbers drawn for connections (CONFIG_NFT_NUMGEN, CONFIG_NFT_HASH)',
  proxy: 'transparent proxies (CONFIG_NFT_TPROXY, CONFIG_NFT_SOCKET, CONFIG_NF_CONNTRACK_ZONES)',
} as const;
export type Need = keyof typeof NEEDS;

export const TOOLS = ['ip', 'bridge', 'nft', 'nsenter', 'unshare', 'flock'];

/** Constant text: what to try comes as arguments. Answers a line for each that failed, `NEED<TAB>what was said`. */
const SCRIPT = `
try() {
  said=$("$@" 2>&1 >/dev/null) || printf '%s\\t%s\\n' "$need" "$(printf '%s' "$said" | head -n 1)"
}
nft_try() {
  nft -f - <<END
table inet t_$need {
  chain c {
    type $1
    $2
  }
}
END
}
ip link add name b0 type bridge 2>/dev/null
for need; do
  case $need in
  bridge) try ip link add name b1 type bridge ;;
  veth) try ip link add name v0 type veth peer name v1 ;;
  vlan-filtering) try ip link add name b2 type bridge vlan_filtering 1 vlan_default_pvid 0 ;;
  bond) try ip link add name o0 type bond ;;
  vlan) try ip link add link b0 name b0.5 type vlan id 5 ;;
  vxlan) try ip link add name x0 type vxlan id 5 dstport 4789 local 127.0.0.1 ;;
  nft) try nft_try 'filter hook forward priority 0;' 'ct state established,related accept' ;;
  nat) try nft_try 'nat hook postrouting priority 100;' 'masquerade' ;;
  spread)
    try nft_try 'filter hook prerouting priority -150;' 'meta mark set numgen inc mod 2 offset 1
    meta mark set jhash ip saddr mod 2 seed 1 offset 1'
    ;;
  proxy)
    try nft_try 'filter hook prerouting priority -250;' 'ct zone set 1
    meta l4proto tcp socket transparent 1 accept
    meta nfproto ipv4 fib daddr type != local tcp dport 80 tproxy ip to :81'
    ;;
  esac
done
`;

export function needsOf(model: Model): readonly Need[] {
  const hosts = [...model.hosts.values()];
  const gateways = [...model.gateways.values()];
  const tagged = [...model.networks.values()].some(
    (network) =>
      network.external &&
      plugPointsNeeded(model, network.name).some((point) => point.type === 'wire' && point.tag !== null),
  );
  const wanted: Record<Need, boolean> = {
    bridge: true,
    veth: true,
    'vlan-filtering': hosts.some((host) => host.bridges.some((bridge) => bridge.vlanAware)),
    bond: hosts.some((host) => host.bonds.length > 0),
    vlan: tagged || hosts.some((host) => host.nics.some((nic) => nic.on.type === 'vlan')),
    vxlan: hosts.some((host) => host.tunnels.length > 0),
    nft: gateways.length > 0,
    nat: gateways.some(
      ({ masquerades, publishes, oneToOnes, balances }) =>
        masquerades.length + publishes.length + oneToOnes.length + balances.length > 0,
    ),
    spread: gateways.some(({ balances, intercepts }) => balances.length + intercepts.length > 0),
    proxy: gateways.some(({ intercepts }) => intercepts.length > 0),
  };
  return (Object.keys(NEEDS) as Need[]).filter((need) => wanted[need]);
}

/** The kernel of this machine cannot do what the topology needs; another one may. */
export class KernelLacks extends Failure {
  /** What it lacks, and what was said when it was tried. */
  readonly lacks: readonly string[];

  constructor(lacks: readonly string[], { toDo }: { readonly toDo: readonly string[] }) {
    super('unsupported', 'This kernel lacks what the topology needs', { detail: lacks.join('\n'), toDo });
    this.lacks = lacks;
  }
}

/** Throws `tool-missing`, `no-rights` or `unsupported`, naming everything that is missing. */
export async function checkNeeds(model: Model, { within, rootless }: Ground): Promise<void> {
  await checkTools(within);
  const user = rootless ? ['--user', '--map-root-user'] : [];
  const entered = await tryTool([
    ...within,
    'unshare',
    ...user,
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--uts',
    '--',
    'true',
  ]);
  if (entered.exitCode !== 0) {
    throw new Failure('no-rights', 'No right to make the namespaces of a lab', {
      detail: `${entered.stderr.trim()}. ${RIGHTS_NEEDED}`,
    });
  }
  const { stdout } = await tryTool([
    ...within,
    'unshare',
    ...user,
    '--net',
    '--',
    'sh',
    '-c',
    SCRIPT,
    'needs',
    ...needsOf(model),
  ]);
  const missing = stdout.split('\n').flatMap((line) => {
    const [need = '', said = ''] = line.split('\t');
    return isNeed(need) ? [`${NEEDS[need]}: ${said === '' ? 'refused' : said}`] : [];
  });
  if (missing.length === 0) return;
  throw new KernelLacks(missing, {
    toDo: [
      'Load the missing modules (modprobe 8021q, bonding, bridge, vxlan, nf_tables, nft_nat), or run the lab on a kernel that has them: trunkline lab up --vm.',
    ],
  });
}

async function checkTools(within: readonly string[]): Promise<void> {
  const script =
    'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; for tool; do command -v "$tool" >/dev/null || echo "$tool"; done';
  const { stdout } = await tryTool([...within, 'sh', '-c', script, 'tools', ...TOOLS]);
  const missing = stdout.split('\n').filter((line) => line !== '');
  if (missing.length === 0) return;
  throw new Failure('tool-missing', `Not installed: ${missing.join(', ')}`, {
    detail:
      'The lab needs util-linux, iproute2 and nftables (Debian, Ubuntu: apt-get install util-linux iproute2 nftables).',
  });
}

function isNeed(text: string): text is Need {
  return text in NEEDS;
}
