/** What guests are told by their gateway: real clients ask, a member is lost meanwhile, strangers are told nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import { CUT, labConnection, labDown, labFail, labHeal, labRun, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { compileText } from '../../server/model/compile-file.ts';
import type { ConnectionOf } from '../../server/run/apply.ts';
import { applyModel, planModel } from '../../server/run/apply.ts';
import { pause } from '../support/streams.ts';

const TEXT = readFileSync(join(import.meta.dirname, 'dhcp.yaml'), 'utf8');
const FOLDER = '/run/trunkline/services/handout-gw.dnsmasq';
/** What a client makes of an answer: it keeps what it was told, and does as it was told. */
const SCRIPT = `#!/bin/sh
env | grep -E '^(ip|router|dns|domain|mtu|hostname|serverid|new_ip6_address|new_dhcp6_[a-z_]*|new_fqdn_hostname)=' | sort
[ "$1" != bound ] || { ip addr add "$ip/$mask" dev "$interface"; [ -z "\${router:-}" ] || ip route add default via "$router"; }
[ -z "\${new_ip6_address:-}" ] || ip addr add "$new_ip6_address/64" dev "$interface"
`;

function modelOf(text: string): Model {
  const { model, diagnostics } = compileText({ file: 'handout.yaml', text });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

const model = modelOf(TEXT);
const gateway = model.gateways.get('gw');
const ROUTER = gateway?.nics.find(({ network }) => network === 'lan')?.routerAddress?.split('/')[0] ?? '-';
let lab: Lab;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'trunkline-dhcp-'));
  writeFileSync(join(scratch, 'script'), SCRIPT, { mode: 0o755 });
  ({ lab } = await labUp(model));
});
afterAll(async () => {
  await labDown(model.topology);
  rmSync(scratch, { recursive: true });
});

async function sh(node: string, script: string) {
  return labRun(lab, node, ['sh', '-c', script]);
}

/** Asks as a machine does that has just started. */
async function ask(guest: string, device: string) {
  const client = `busybox udhcpc -i ${device} -f -n -q -t 5 -T 1 -O mtu -s ${scratch}/script`;
  return sh(guest, `ip -4 addr flush dev ${device}; ${client} 2>/dev/null`);
}

async function askSix() {
  const client = `dhclient -6 -1 -lf ${scratch}/leases -pf ${scratch}/pid -sf ${scratch}/script lan`;
  return sh('web', `ip -6 addr flush dev lan scope global; ${client} 2>/dev/null; kill "$(cat ${scratch}/pid)"`);
}

async function names(guest: string, server: string, ...words: readonly string[]) {
  return labRun(lab, guest, ['dig', '+short', '+time=1', '+tries=2', `@${server}`, ...words]);
}

/** Who has the address that guests send to: one, or it waits. */
async function master(): Promise<'left' | 'right'> {
  for (let looks = 0; looks < 200; looks += 1) {
    const found: ('left' | 'right')[] = [];
    for (const member of ['left', 'right'] as const) {
      const { stdout } = await sh(`gw@${member}`, 'ip -o addr show dev lan');
      if (stdout.includes(' 10.1.0.1/24 ') && stdout.includes(` ${ROUTER}/64 `)) found.push(member);
    }
    const [one, other] = found;
    if (one !== undefined && other === undefined) return one;
    await pause(50);
  }
  throw new Error('there is not one master');
}

async function left(): Promise<readonly unknown[]> {
  const plan = await planModel(model, (host) => labConnection(lab, host));
  return plan.hosts.flatMap(({ obstacles, steps }) => [...obstacles, ...steps]);
}

const ANSWER = [
  ...['dns=10.1.0.1', 'domain=handout.internal', 'hostname=web', 'ip=10.1.0.10', 'mtu=1400', 'router=10.1.0.1'],
  'serverid=10.1.0.1',
];

describe('IPv4', () => {
  test('a guest gets the address of the file, its way out and names, and goes by them', async () => {
    await master();
    const { stdout } = await ask('web', 'lan');
    expect(stdout.trim().split('\n')).toEqual(expect.arrayContaining(ANSWER));
    expect((await sh('web', 'ip -4 route show default')).stdout).toMatch(/^default via 10\.1\.0\.1 dev lan/);
    expect(await sh('web', 'ping -c 2 -W 2 10.2.0.10')).toMatchObject({ exitCode: 0 });
  });

  test('one whose way out is another NIC is told no router', async () => {
    const { stdout } = await ask('both', 'lan');
    expect(stdout).toContain('ip=10.1.0.20\n');
    expect(stdout).not.toContain('router=');
  });

  test('a stranger gets nothing, with an address that he chose neither', async () => {
    const { stdout: mac } = await sh('web', 'cat /sys/class/net/lan/address');
    await sh('web', 'ip link set dev lan address 02:00:00:00:00:99');
    const stranger = await ask('web', 'lan');
    const wish = await sh(
      'web',
      `busybox udhcpc -i lan -f -n -q -t 2 -T 1 -r 10.1.0.10 -s ${scratch}/script 2>/dev/null`,
    );
    await sh('web', `ip link set dev lan address ${mac.trim()}`);
    expect([stranger.exitCode, wish.exitCode]).toEqual([1, 1]);
    expect(stranger.stdout + wish.stdout).not.toContain('ip=');
    expect((await ask('web', 'lan')).stdout).toContain('ip=10.1.0.10\n');
  });

  test('nobody answers on a network that does not ask', async () => {
    expect((await ask('far', 'dmz')).exitCode).toBe(1);
    expect((await sh('far', 'ip addr add 10.2.0.10/24 dev dmz; ip route add default via 10.2.0.1')).exitCode).toBe(0);
  });
});

describe('names', () => {
  test('are told to the network that asks, short, whole and backwards', async () => {
    expect((await names('web', '10.1.0.1', 'web')).stdout).toBe('10.1.0.10\n');
    expect((await names('web', '10.1.0.1', '+tcp', 'far.handout.internal')).stdout).toBe('10.2.0.10\n');
    expect((await names('web', '10.1.0.1', '-x', '10.2.0.10')).stdout).toBe('far.handout.internal.\n');
    const { stdout } = await names('web', '10.1.0.1', 'both.handout.internal');
    expect(stdout.trim().split('\n').sort()).toEqual(['10.1.0.20', '10.2.0.20']);
  });

  test('that nobody here has are asked of nobody', async () => {
    const { stdout } = await labRun(lab, 'web', ['dig', '+time=1', '@10.1.0.1', 'example.net']);
    expect(stdout).toContain('status: REFUSED');
    const unknown = await labRun(lab, 'web', ['dig', '+time=1', '@10.1.0.1', 'nobody.handout.internal']);
    expect(unknown.stdout).toContain('status: NXDOMAIN');
  });

  test.each(['10.2.0.1', '10.1.0.1'])('are not told to another network, by %s', async (server) => {
    expect((await names('far', server, 'web')).exitCode).toBe(9);
  });
});

test('IPv6: the way out comes with advertisements, the address by DHCPv6, and no other', async () => {
  await sh(
    'web',
    'ip -6 addr flush dev lan scope global; ip -6 route flush dev lan; sysctl -qw net.ipv6.conf.lan.accept_ra=1',
  );
  await sh('web', 'ip link set dev lan down; ip link set dev lan up');
  for (let looks = 0; looks < 100; looks += 1) {
    if ((await sh('web', 'ip -6 route show default')).stdout !== '') break;
    await pause(100);
  }
  expect((await sh('web', 'ip -6 route show default')).stdout).toContain(`default via ${ROUTER} dev lan`);
  expect((await sh('web', 'ip -6 -o addr show dev lan scope global')).stdout).toBe('');
  const { stdout } = await askSix();
  expect(stdout).toContain('new_ip6_address=2001:db8:1::10\n');
  expect(stdout).toContain('new_dhcp6_name_servers=2001:db8:1::1\n');
  expect(stdout).toContain('new_dhcp6_domain_search=handout.internal.\n');
  expect((await names('web', '2001:db8:1::1', 'AAAA', 'web')).stdout).toBe('2001:db8:1::10\n');
});

test('a member is lost: the other one tells the same, and the way out is the same', async () => {
  const first = await master();
  const before = (await askSix()).stdout;
  await labFail(model, lab, first, CUT);
  try {
    for (let looks = 0; looks < 100; looks += 1) {
      if ((await names('web', '10.1.0.1', 'web')).stdout !== '') break;
    }
    expect((await names('web', '10.1.0.1', 'web')).stdout).toBe('10.1.0.10\n');
    // By the way out that it has had all along.
    expect(await sh('web', 'ping -6 -c 2 -W 2 2001:db8:2::10')).toMatchObject({ exitCode: 0 });
    const { stdout } = await ask('web', 'lan');
    expect(stdout.trim().split('\n')).toEqual(expect.arrayContaining(ANSWER));
    expect((await askSix()).stdout).toBe(before);
  } finally {
    await labHeal(lab, first);
  }
  await master();
  expect(await left()).toEqual([]);
});

test('one that is killed runs again by itself; one that nobody keeps any more is drift, and mended', async () => {
  const first = await master();
  await sh(first, `kill -KILL "$(cat ${FOLDER}/dnsmasq.pid)"`);
  for (let looks = 0; looks < 100; looks += 1) {
    if ((await sh(first, `sh ${FOLDER}/control state handout-gw.dnsmasq`)).stdout === 'running\n') break;
    await pause(50);
  }
  expect(await left()).toEqual([]);
  await sh(first, `kill -KILL "$(cat ${FOLDER}/dnsmasq.keeper)" "$(cat ${FOLDER}/dnsmasq.pid)"`);
  expect(await left()).toMatchObject([{ action: 'change', fields: [{ field: 'running', found: false }] }]);
  const run = await applyModel(model, (name) => labConnection(lab, name));
  expect(run.hosts.map(({ verified }) => verified)).toEqual([true, true, true]);
  expect((await names('web', '10.1.0.1', 'web')).stdout).toBe('10.1.0.10\n');
});

test('what dnsmasq refuses is found before it takes the place of what runs', async () => {
  const { stdout } = await sh(
    'left',
    `cd ${FOLDER}; mkdir ../handout-gw.dnsmasq.new; cp control topology settings ../handout-gw.dnsmasq.new
    sed 's/^dhcp-range=/dhcp-rage=/' dnsmasq.conf >../handout-gw.dnsmasq.new/dnsmasq.conf
    sh ../handout-gw.dnsmasq.new/control take handout-gw.dnsmasq 2>&1; echo "code $?"; ls -d ../*.new; grep -c dhcp-rage dnsmasq.conf`,
  );
  expect(stdout).toMatch(/^dnsmasq refuses what it is told: [^]*code 1\n0\n$/);
  expect(await left()).toEqual([]);
});

test('where the file asks no more nothing is left of it; where somebody else answers already that is said, and all as before', async () => {
  const plain = modelOf(TEXT.replace(', dhcp: true', ''));
  const connect: ConnectionOf = (host) => labConnection(lab, host);
  await applyModel(plain, connect);
  const present = `ls -A /run/trunkline/services; pgrep -f 'services/handout-gw[.]dnsmasq' || echo none`;
  expect((await sh('left', present)).stdout).toMatch(/^[^]*handout-gw\nnone\n$/);
  expect((await sh('left', present)).stdout).not.toContain('dnsmasq');
  const other = labRun(lab, 'gw@left', ['timeout', '60', 'python3', '-c', HOLDER]);
  for (let looks = 0; looks < 100; looks += 1) {
    if ((await sh('gw@left', 'ss -Hlun sport = :67')).stdout !== '') break;
    await pause(50);
  }
  const refused = await applyModel(model, connect, { hosts: ['left'] });
  expect(JSON.stringify(refused.hosts)).toMatch(/dnsmasq does not come up: [^"]*[Aa]ddress already in use/);
  expect((await sh('left', 'ls -A /run/trunkline/services')).stdout).not.toContain('dnsmasq');
  await sh('gw@left', 'kill "$(ss -Hlunp sport = :67 | sed -n "s/.*pid=\\([0-9]*\\).*/\\1/p")"');
  await other;
  const run = await applyModel(model, connect);
  expect(run.hosts.map(({ verified }) => verified)).toEqual([true, true, true]);
});

const HOLDER =
  'import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 67)); time.sleep(50)';

describe('a gateway in the stack of its host', () => {
  const yard = modelOf(`
topology: handouthost
networks:
  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  lan: { subnet: 10.1.0.0/24, isolated: true, dhcp: true }
hosts:
  left: { access: ssh://root@left.example.net, bridges: { b0: { ports: [eno1], networks: wan }, b1: { networks: lan } } }
guests:
  web: { on: left, nics: { lan: 10.1.0.10 } }
  two: { on: left, nics: { lan: 10.1.0.20 } }
gateways:
  gw: { on: left, runs: host, nics: { wan: 192.0.2.11, lan: 10.1.0.1 } }
`);
  let whole: Lab;

  beforeAll(async () => {
    whole = lab;
    ({ lab } = await labUp(yard));
  });
  afterAll(async () => {
    lab = whole;
    await labDown(yard.topology);
  });

  test('tells members that are kept apart, and nobody outside', async () => {
    expect((await ask('web', 'lan')).stdout).toContain('ip=10.1.0.10\n');
    expect((await names('web', '10.1.0.1', 'two')).stdout).toBe('10.1.0.20\n');
    expect((await names('internet', '192.0.2.11', 'two')).exitCode).toBe(9);
  });
});
