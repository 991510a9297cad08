/**
 * Somebody else at the address of a host: another key, another host, no ssh server at all, one that never ends. Not a byte of a
 * plan gets to him, and nobody is told that anything was done.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../server/core/failure.ts';
import type { ShownPlan } from '../../server/flow/plan.ts';
import type { HostConnection } from '../../server/host/connection.ts';
import { lineOf } from '../../server/host/known-hosts.ts';
import type { SessionLimits } from '../../server/host/session.ts';
import { connectSsh } from '../../server/host/ssh.ts';
import { keyAlias } from '../../server/host/ssh-target.ts';
import { KINDS } from '../../server/kinds/index.ts';
import { showPlan } from '../../server/plan/document.ts';
import { desiredStates } from '../../server/run/apply.ts';
import { applyPlan, makePlan } from '../../server/run/plans.ts';
import { confirmRun } from '../../server/run/window.ts';
import { openSshHost } from '../support/ssh-host.ts';
import type { SshHost } from '../support/ssh-host.ts';
import { keyOf, makeKey } from '../support/sshd.ts';
import { modelOf } from '../support/topologies.ts';
import { diceOf } from './own-path/dice.ts';
import type { Dice } from './own-path/dice.ts';
import type { Figures, Rig, TortureRow } from './row.ts';

/** In the names of what the plan makes, so that it is found wherever a byte of it gets to. */
const SECRET = 'br-s3cr3t';
const HASTY: SessionLimits = { readyMs: 2500, exchangeMs: 10_000, closeMs: 1000 };

/** Who answers, in place of the host. `relay`: all is handed on to the real sshd, which has another key than the one that is known. */
const IMPOSTORS = [
  'relay',
  'relay, late',
  'relay, slow',
  'garbage',
  'garbage behind a version',
  'a version, then nothing',
  'nothing',
  'gone at once',
  'a version without end',
  'lines without end',
  'a page',
  'an echo',
  'a key exchange of garbage',
] as const;
type Impostor = (typeof IMPOSTORS)[number];

const SERVER = `
import os, random, socket, sys, threading, time
what, port, seed, log, real = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], ("10.9.0.1", 22)
dice = random.Random(seed)
server = socket.create_server(("10.9.0.1", port))
print("up", flush=True)

def hear(peer, on=None, pause=0):
    try:
        while True:
            heard = peer.recv(65536 if pause == 0 else 7)
            if not heard: break
            with open(log, "ab") as file: file.write(heard)
            if on is not None: on.sendall(heard)
            time.sleep(pause)
    except OSError: pass
    finally:
        if on is not None:
            try: on.shutdown(socket.SHUT_WR)
            except OSError: pass

def tell(peer, make, pause=0):
    try:
        while True:
            peer.sendall(make())
            time.sleep(pause)
    except OSError: pass

def serve(peer):
    if what == "gone at once":
        peer.close()
        return
    if what.startswith("relay"):
        if what == "relay, late": time.sleep(1)
        there = socket.create_connection(real)
        pause = 0.002 if what == "relay, slow" else 0
        threading.Thread(target=hear, args=(peer, there, pause), daemon=True).start()
        try:
            while True:
                said = there.recv(65536 if pause == 0 else 50)
                if not said: break
                peer.sendall(said)
                time.sleep(pause)
        except OSError: pass
        peer.close()
        return
    if what == "an echo":
        hear(peer, peer)
        return
    threading.Thread(target=hear, args=(peer,), daemon=True).start()
    version = b"SSH-2.0-OpenSSH_9.2p1\\r\\n"
    noise = lambda: dice.randbytes(dice.randrange(1, 4000))
    try:
        if what == "garbage": tell(peer, noise, 0.001)
        elif what == "garbage behind a version":
            peer.sendall(version)
            tell(peer, noise, 0.001)
        elif what == "a version, then nothing": peer.sendall(version)
        elif what == "a version without end":
            peer.sendall(b"SSH-2.0-")
            tell(peer, lambda: b"a" * 1000, 0.001)
        elif what == "lines without end": tell(peer, lambda: b"welcome\\r\\n" * dice.randrange(1, 300), 0.001)
        elif what == "a page": peer.sendall(b"HTTP/1.1 400 Bad Request\\r\\nContent-Length: 0\\r\\n\\r\\n")
        elif what == "a key exchange of garbage":
            body = bytes([20]) + dice.randbytes(16 + dice.randrange(0, 900))
            padding = 8 + (-(5 + len(body) + 8)) % 8
            peer.sendall(version + (len(body) + padding + 1).to_bytes(4, "big") + bytes([padding]) + body + bytes(padding))
    except OSError: pass
    time.sleep(60)

while True:
    peer, _ = server.accept()
    threading.Thread(target=serve, args=(peer,), daemon=True).start()
`;

interface Believed {
  /** Whether the key that the impostor shows is taken for the host's. */
  readonly impostor: boolean;
}

export const hostIdentity: TortureRow = {
  invariant: 'I17',
  promise: 'to somebody else at the address of a host no byte of a plan is sent',
  unit: 'impostors',
  target: 100,
  inCi: 13,
  open: () => openRig({ impostor: false }),
  mutants: [{ name: 'an impostor whose key is believed', within: 1, open: () => openRig({ impostor: true }) }],
};

async function openRig(believed: Believed): Promise<Rig> {
  const far = await openSshHost({
    host: 'ip addr add 10.9.0.1/24 dev eno1',
    desk: 'ip addr add 10.9.0.2/24 dev desk0',
    address: '10.9.0.1',
  });
  const model = modelOf(`
topology: b-who
networks:
  lan: { subnet: 10.77.0.0/16 }
hosts:
  far:
    access: ssh://root@10.9.0.1
    bridges: { ${SECRET}: { networks: [lan] } }
    nics: { lan: 10.77.255.2 }
`);
  const context = { kinds: KINDS, connectionOf: () => far.host.connection };
  const plan = showPlan(await makePlan(desiredStates(model), context));
  // The key that the host is known by, and that nobody has who answers here.
  const known = join(far.folder, 'known-key');
  makeKey(known);
  return {
    one: (seed) => meet(far, plan, seed, believed),
    close: () => far.close(),
  };
}

async function meet(far: SshHost, plan: ShownPlan, seed: number, believed: Believed): Promise<Figures> {
  const dice = diceOf(seed);
  const impostor: Impostor = IMPOSTORS[(seed - 1) % IMPOSTORS.length] ?? 'garbage';
  const port = 3000 + (seed % 20_000);
  const log = join(far.folder, `heard-${String(seed)}`);
  await writeFile(log, '');
  const logged = (await far.log()).length;
  const [program, ...rest] = [
    ...far.host.prefix,
    'python3',
    '-c',
    SERVER,
    impostor,
    String(port),
    String(seed),
    log,
  ];
  const server = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(server, 'exit');
  try {
    await once(server.stdout, 'data');
    const failure = await refusal(await connectionTo(far, port, believed), plan, dice);
    const heard = await readFile(log);
    if (heard.includes(SECRET)) throw new Error(`${impostor}: the plan was sent in the clear`);
    const sealed = messagesOf(heard).filter((each) => each === NEWKEYS);
    if (sealed.length > 0) throw new Error(`${impostor}: more was sent than what finds out who answers`);
    const said = (await far.log()).slice(logged);
    if (/Accepted|Starting session/.test(said)) throw new Error(`${impostor}: the other host has let us in: ${said}`);
    if (failure?.kind !== 'host-identity' && failure?.kind !== 'host-unreachable')
      throw new Error(
        `${impostor}: ${failure === undefined ? 'nothing was refused' : `${failure.kind}: ${failure.message}`}`,
      );
    if (impostor.startsWith('relay') && failure.kind !== 'host-identity')
      throw new Error(`${impostor}: another key is told of as ${failure.kind}: ${failure.detail ?? ''}`);
    return { [failure.kind]: 1, 'worst bytes sent': heard.length };
  } finally {
    server.kill('SIGKILL');
    await gone;
    await rm(log);
  }
}

async function connectionTo(far: SshHost, port: number, { impostor }: Believed): Promise<HostConnection> {
  const alias = keyAlias('10.9.0.1', port);
  const knownHosts = join(far.folder, `known-${String(port)}`);
  const key = await readFile(join(far.folder, impostor ? 'host.pub' : 'known-key.pub'), 'utf8');
  await writeFile(knownHosts, `${lineOf(alias, keyOf(key))}\n`);
  const controlPath = join(far.folder, `control-${String(port)}`);
  return connectSsh({ ...far.target(), port, keyAlias: alias, knownHosts, controlPath }, HASTY);
}

/** By what is done with a plan: made, applied, confirmed. */
async function refusal(connection: HostConnection, plan: ShownPlan, dice: Dice): Promise<Failure | undefined> {
  const context = { kinds: KINDS, connectionOf: () => connection };
  const doing = dice.pick([
    () => applyPlan(plan, context),
    () => applyPlan(plan, context, { confirmWithinS: 60 }),
    () => confirmRun('20261121T000000-0000', ['far'], context),
  ]);
  try {
    await doing();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** SSH_MSG_NEWKEYS (RFC 4253, 7.3): from then on all is encrypted, and could be anything. */
const NEWKEYS = 21;

/** The messages that were sent in the clear, by number. */
function messagesOf(bytes: Buffer): readonly number[] {
  const messages: number[] = [];
  let at = bytes.indexOf('\r\n') + 2;
  while (at > 1 && at + 6 <= bytes.length) {
    messages.push(bytes[at + 5] ?? 0);
    at += 4 + bytes.readUInt32BE(at);
  }
  return messages;
}
