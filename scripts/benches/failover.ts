/**
 * What users notice of a gateway on two hosts, in a lab on this machine: the longest silence while a host is lost (adverts of
 * 100 ms), while the master is told to hand over, what becomes of TCP connections through NAT, and how long it takes until
 * fourteen such gateways stand.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileText } from '../../server/model/compile-file.ts';
import type { Model } from '../../server/flow/model.ts';
import { CUT, labDown, labFail, labHeal, labRun, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { pause, streamsDuring } from '../../test/support/streams.ts';
import { labName, trunkline } from './lab-command.ts';

const CUTS = Number(process.argv[2] ?? '50');
const SWITCHES = 10;
const STREAMS = 20;
const GATEWAYS = 14;
const OUTSIDE = '203.0.113.10';

function text(name: string, gateways: number): string {
  const numbers = Array.from({ length: gateways }, (_, index) => index + 1);
  const host = (host: string, number: number): string =>
    `  ${host}: { access: ssh://root@${host}.example.net, bridges: { bw: { ports: [{ eno1: { fabric: street } }], networks: [wan] }, bu: { ports: [eno2], networks: [under] } }, nics: { under: 10.9.0.${String(number)} } }`;
  return `topology: ${name}
networks:
  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  under: { subnet: 10.9.0.0/24 }
${numbers.map((n) => `  p${String(n)}: { transport: vxlan, vni: ${String(100 + n)}, underlay: under, realm: p${String(n)}, subnet: 10.1.0.0/24 }`).join('\n')}
hosts:
${['left', 'right', 'rack'].map((each, index) => host(each, index + 1)).join('\n')}
guests:
${numbers.map((n) => `  web${String(n)}: { on: rack, nics: { p${String(n)}: 10.1.0.10 } }`).join('\n')}
gateways:
${numbers.map((n) => `  gw${String(n)}: { on: [left, right], runs: netns, nics: { wan: { shared: 192.0.2.${String(10 + n)} }, p${String(n)}: { shared: 10.1.0.1 } }, nat: { masquerade: [p${String(n)} -> wan] }, failover: { advertise: 100ms } }`).join('\n')}
policy:
  - { allow: [443/tcp, icmp], from: [${numbers.map((n) => `p${String(n)}`).join(', ')}], to: internet }
`;
}

function modelOf(written: string): Model {
  const { model, diagnostics } = compileText({ file: 'bench.yaml', text: written });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

type Member = 'left' | 'right';

async function masterOf(lab: Lab): Promise<Member> {
  for (let looks = 0; looks < 200; looks += 1) {
    const held: Member[] = [];
    for (const member of ['left', 'right'] as const) {
      const { stdout } = await labRun(lab, `gw1@${member}`, ['ip', '-o', 'addr', 'show', 'dev', 'p1']);
      if (stdout.includes(' 10.1.0.1/24 ')) held.push(member);
    }
    const [one, other] = held;
    if (one !== undefined && other === undefined) return one;
    await pause(50);
  }
  throw new Error('there is not one master');
}

/** The longest time without an answer, in milliseconds, at a question every 10 ms. */
async function silenceDuring(lab: Lab, seconds: number, work: () => Promise<void>): Promise<number> {
  // By itself, with -w, it would end at the first error that somebody on the way answers with.
  const ping = ['ping', '-n', '-D', '-i', '0.01', OUTSIDE];
  const asking = labRun(lab, 'web1', ['timeout', '-s', 'INT', String(seconds), ...ping]);
  await pause(500);
  await work();
  const { stdout } = await asking;
  const times = [...stdout.matchAll(/^\[([\d.]+)\] \d+ bytes from/gm)].map(([, time]) => Number(time));
  if (times.length < 50) throw new Error(`too few answers:\n${stdout}`);
  return Math.max(...times.slice(1).map((time, index) => (time - (times[index] ?? time)) * 1000));
}

function shown(values: readonly number[], limitMs: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0).toFixed(0);
  return `median ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms of ${String(values.length)} (goal: p99 under ${String(limitMs)} ms)`;
}

async function measureOne(): Promise<void> {
  const model = modelOf(text(labName('failover'), 1));
  try {
    const { lab } = await labUp(model);
    const idle = await silenceDuring(lab, 3, () => Promise.resolve());
    console.log(`nothing happens: ${idle.toFixed(0)} ms`);
    const cuts: number[] = [];
    for (let cut = 0; cut < CUTS; cut += 1) {
      const master = await masterOf(lab);
      cuts.push(
        await silenceDuring(lab, 3, async () => {
          await labFail(model, lab, master, CUT);
          await pause(1000);
        }),
      );
      await labHeal(lab, master);
      await pause(500);
    }
    console.log(`a host is lost: ${shown(cuts, 600)}`);
    const switches: number[] = [];
    for (let turn = 0; turn < SWITCHES; turn += 1) {
      const master = await masterOf(lab);
      const handOver = `kill "$(cat /run/trunkline/services/${model.topology}-gw1/keepalived.pid)"`;
      switches.push(
        await silenceDuring(lab, 3, async () => {
          await labRun(lab, master, ['sh', '-c', handOver]);
        }),
      );
    }
    console.log(`the master hands over: ${shown(switches, 150)}`);
    await measureStreams(model, lab);
  } finally {
    await labDown(model.topology);
  }
}

async function measureStreams(model: Model, lab: Lab): Promise<void> {
  for (const member of ['left', 'right'])
    await labRun(lab, `gw1@${member}`, ['sh', '-c', 'echo 0 >/proc/sys/net/netfilter/nf_conntrack_tcp_loose']);
  const master = await masterOf(lab);
  const streams = { from: 'web1', to: 'internet', address: OUTSIDE, port: 443, count: STREAMS, seconds: 8 };
  const results = await streamsDuring(lab, streams, async () => {
    await labFail(model, lab, master, CUT);
    await pause(3000);
  });
  await labHeal(lab, master);
  const alive = results.filter(({ reason }) => reason === null).length;
  const worst = Math.max(...results.map(({ gapMs }) => gapMs));
  console.log(
    `TCP connections through NAT alive: ${String(alive)} of ${String(STREAMS)}, longest gap ${String(worst)} ms`,
  );
}

async function measureMany(folder: string): Promise<void> {
  const name = labName('fourteen');
  const file = join(folder, 'fourteen.yaml');
  await writeFile(file, text(name, GATEWAYS));
  try {
    const began = performance.now();
    await trunkline('lab', 'up', file);
    const seconds = (performance.now() - began) / 1000;
    console.log(`${String(GATEWAYS)} gateways on two hosts stand after ${seconds.toFixed(1)} s (goal: under 15 s)`);
  } finally {
    await trunkline('lab', 'down', file);
  }
}

const folder = await mkdtemp(join(tmpdir(), 'trunkline-bench-'));
try {
  await measureOne();
  await measureMany(folder);
} finally {
  await rm(folder, { recursive: true });
}
