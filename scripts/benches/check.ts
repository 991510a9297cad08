/**
 * What `check` of a large file costs through the real command line: time, the most memory it had (VmHWM of the process), and how
 * both grow from a tenth of the size; for a file that makes everything by `for`, and for the same guests written out. Then the
 * start-up: `trunkline --version` against an empty Node.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measurePairs, show, spread } from './pairs.ts';

const GUESTS = Number(process.env['GUESTS'] ?? 10_000);
const PAIRS = Number(process.env['PAIRS'] ?? 7);
const TRUNKLINE = join(import.meta.dirname, '../trunkline');

/** Everything in the proportions of the language's promise: 10,000 guests on 1,000 networks and 200 hosts. */
function sizesOf(guests: number): { readonly networks: number; readonly hosts: number } {
  return { networks: guests / 10, hosts: guests / 50 };
}

const HEAD = `topology: large
networks:
  wan: { vlan: 4000, subnet: 172.16.0.0/16, router: 172.16.0.1, external: true }
`;

const POLICY = `policy:
  - { allow: [80/tcp, 443/tcp], from: "app-*", to: internet }
  - { allow: 443/tcp, from: internet, to: "srv-1-*" }
`;

/** Every tenth network has a gateway; its addresses are `auto`. */
function madeByFor(guests: number): string {
  const { networks, hosts } = sizesOf(guests);
  return `${HEAD}${POLICY}parameters: { networks: ${String(networks)}, hosts: ${String(hosts)} }
for:
  - h: 1..\${hosts}
    hosts:
      "node-\${h}": { access: "ssh://root@node-\${h}.example.net", bridges: { br0: { ports: [eno1] } } }
  - n: 1..\${networks}
    networks: { "app-\${n}": { vlan: "\${n}", subnet: "\${subnet('10.0.0.0/8', 24, n)}" } }
  - n: 1..\${networks}
    g: 1..10
    guests:
      "srv-\${n}-\${g}": { on: "node-\${(n * 10 + g) % hosts + 1}", nics: { "app-\${n}": auto }, listens: [443/tcp] }
  - n: 0..\${networks / 10 - 1}
    gateways:
      "gw-\${n}":
        on: ["node-\${n * 2 + 1}"]
        runs: netns
        nics:
          wan: { shared: "\${address('172.16.0.0/16', 10 + n)}" }
          "app-\${n * 10 + 1}": { shared: "\${address(subnet('10.0.0.0/8', 24, n * 10 + 1), 1)}" }
        nat: { masquerade: ["app-\${n * 10 + 1} -> wan"] }
`;
}

function writtenOut(guests: number): string {
  const { networks, hosts } = sizesOf(guests);
  const subnet = (n: number): string => `10.${String(n >> 8)}.${String(n & 255)}`;
  const count = (length: number): readonly number[] => Array.from({ length }, (_, index) => index + 1);
  return [
    HEAD.trimEnd(),
    ...count(networks).map((n) => `  app-${String(n)}: { vlan: ${String(n)}, subnet: ${subnet(n)}.0/24 }`),
    'hosts:',
    ...count(hosts).map(
      (h) =>
        `  node-${String(h)}: { access: ssh://root@node-${String(h)}.example.net, bridges: { br0: { ports: [eno1] } } }`,
    ),
    'guests:',
    ...count(networks).flatMap((n) =>
      count(10).map(
        (g) =>
          `  srv-${String(n)}-${String(g)}: { on: node-${String(((n * 10 + g) % hosts) + 1)}, nics: { app-${String(n)}: ${subnet(n)}.${String(g + 9)} } }`,
      ),
    ),
    POLICY,
  ].join('\n');
}

interface Cost {
  readonly ms: number;
  readonly peakMb: number;
}

/** Has the process write its own peak down when it ends: nobody else could read it then. */
const LAST_WORDS = `const { readFileSync, writeSync } = require('node:fs');
process.on('exit', () => writeSync(3, /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]));
`;

function run([program = '', ...args]: readonly string[]): Promise<Cost> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(program, args, {
      env: { ...process.env, NODE_OPTIONS: `--require=${join(folder, 'last-words.cjs')}` },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    let said = '';
    let peakKb = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (said += String(data)));
    child.stdio[3]?.on('data', (data: Buffer) => (peakKb += String(data)));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve({ ms: performance.now() - start, peakMb: Number(peakKb) / 1024 });
      else reject(new Error(`ended with ${String(code)}: ${said.slice(0, 2000)}`));
    });
  });
}

/** Small and large in turn, so that what else the machine does falls on both. */
async function measureGrowth(name: string, textOf: (guests: number) => string): Promise<void> {
  const [small, large] = [join(folder, `${name}-small.yaml`), join(folder, `${name}-large.yaml`)];
  await writeFile(small, textOf(GUESTS / 10));
  await writeFile(large, textOf(GUESTS));
  const peaks: number[] = [];
  const check = async (file: string): Promise<number> => {
    const { ms, peakMb } = await run([TRUNKLINE, 'check', file]);
    if (file === large) peaks.push(peakMb);
    return ms;
  };
  const pairs = await measurePairs(
    PAIRS,
    () => check(large),
    () => check(small),
  );
  const perObject = { min: pairs.ratio.min / 10, median: pairs.ratio.median / 10, max: pairs.ratio.max / 10 };
  console.log(name);
  console.log(`  check of ${String(GUESTS)} guests            ${show(pairs.a, 0)} ms`);
  console.log(`  check of ${String(GUESTS / 10)} guests             ${show(pairs.b, 0)} ms`);
  console.log(`  peak memory of the large one     ${show(spread(peaks), 0)} MB`);
  console.log(`  time per object, large / small   ${show(perObject)}`);
}

const folder = await mkdtemp(join(tmpdir(), 'trunkline-bench-'));
try {
  await writeFile(join(folder, 'last-words.cjs'), LAST_WORDS);
  const { networks, hosts } = sizesOf(GUESTS);
  console.log(`${String(networks)} networks, ${String(hosts)} hosts, ${String(PAIRS)} pairs; median (min to max)`);
  await measureGrowth('made by for', madeByFor);
  await measureGrowth('written out', writtenOut);
  const started = await measurePairs(
    15,
    async () => (await run([TRUNKLINE, '--version'])).ms,
    async () => (await run([process.execPath, '-e', '0'])).ms,
  );
  console.log(`trunkline --version / empty Node   ${show(started.ratio)}`);
  console.log(`  trunkline --version              ${show(started.a, 0)} ms`);
  console.log(`  empty Node                       ${show(started.b, 0)} ms`);
} finally {
  await rm(folder, { recursive: true });
}
