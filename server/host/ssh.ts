/**
 * Sessions over OpenSSH. One process of ssh(1) a session; all sessions with a host share one connection, which stays for a
 * minute after the last of them. The command on the host is constant text: what a session is about travels as framed data.
 */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../core/failure.ts';
import type { HostConnection, HostSession, OpenOptions } from './connection.ts';
import { lockHolder } from './runner.ts';
import { SESSION_SCRIPT } from './script.ts';
import { startSession } from './session.ts';
import type { SessionLimits } from './session.ts';
import { sshWay } from './ssh-config.ts';
import type { SshWay } from './ssh-config.ts';
import { explainSshEnd } from './ssh-failure.ts';
import { connectionDigest, optionPath, sshArguments } from './ssh-target.ts';
import type { SshTarget } from './ssh-target.ts';

const PERSIST_S = 60;
/** Each exchange of keys is a processor's work here; most of the time they wait for the network and the host. */
const OPENED_AT_ONCE = 32;
/** A jump host takes ten at a time that have not proved who they are (MaxStartups, sshd_config(5)). */
const OVER_OTHERS_AT_ONCE = 8;
/** Processes that only read files. */
const ASKED_AT_ONCE = 8;

/** A busy host takes its time to begin; a plan of thousands of bridges takes minutes to undo. A dead one is noticed by ssh in 20 s. */
const LIMITS: SessionLimits = { readyMs: 60_000, exchangeMs: 900_000, closeMs: 10_000 };

/**
 * A host over ssh, as `target` says. `open` throws a Failure: `host-identity` where its key is not known or another one: nothing
 * was sent to it then; `no-rights` where it refuses us, or sudo does; `host-unreachable`, `tool-missing`, `locked`.
 */
export function connectSsh(target: SshTarget, limits: SessionLimits = LIMITS): HostConnection {
  return {
    host: target.host,
    canLosePath: true,
    async open(options) {
      const way = await asking(() => sshWay(target));
      return (way.overOthers ? overOthers : direct)(() => openSession(target, way, options, limits));
    },
  };
}

async function openSession(
  target: SshTarget,
  way: SshWay,
  { lock, fresh = false, namesOnly = false }: OpenOptions,
  limits: SessionLimits,
): Promise<HostSession> {
  const exchange = namesOnly && way.slowExchange ? BRIEF : {};
  const sharing = fresh ? { ...ALONE, ...exchange } : await sharedBy(target);
  const mark = `trunkline-${randomBytes(16).toString('hex')}`;
  return startSession({
    host: target.host,
    argv: ['ssh', ...sshArguments(target, sharing), remoteCommand(target.user, lock)],
    preamble: Buffer.concat([Buffer.from(`${mark}\n${lockHolder().replaceAll('\n', ' ')}\n`), SCRIPT]),
    mark,
    limits,
    explain: (end) => explainSshEnd(target, end),
  });
}

/** A flow that stands outlives a filter that lets no new one in, and a route that is gone for a while: it proves nothing. */
const ALONE: Readonly<Record<string, string>> = { ControlMaster: 'no', ControlPath: 'none' };

/**
 * What has to stay secret for decades is exchanged with keys that withstand a quantum computer. OpenSSH does so by itself from 9.0 on, and
 * takes 50 ms of a processor for it at first, five times as much as for all else of a connection. A run's name is no secret.
 */
const BRIEF: Readonly<Record<string, string>> = { KexAlgorithms: '^curve25519-sha256' };

async function sharedBy(target: SshTarget): Promise<Readonly<Record<string, string>>> {
  const control = target.controlPath ?? join(await controlFolder(), await connectionDigest(target));
  return { ControlMaster: 'auto', ControlPersist: String(PERSIST_S), ControlPath: optionPath(control) };
}

const SCRIPT = Buffer.from(SESSION_SCRIPT);

/**
 * The login shell there, whichever it is, reads these words and no others, and fills in how we have come, before sudo forgets it. The script itself comes first on stdin, behind the
 * mark and the name of the lock's holder; `head -c` and `read` take no byte more than they are asked for.
 */
function remoteCommand(user: string, lock: boolean): string {
  const begin = 'IFS= read -r mark && IFS= read -r holder';
  const script = `script=$(head -c ${String(SCRIPT.length)})`;
  const words = `set -- ${lock ? 'lock' : 'free'} "$holder" "$1"`;
  const inner = `${begin} && ${script} && printf "\\n%s\\n" "$mark" && ${words} && eval "$script"`;
  const command = `sh -c '${inner}' trunkline "$SSH_CONNECTION"`;
  return user === 'root' ? `exec ${command}` : `exec sudo -n ${command}`;
}

/** A socket's path has at most 107 bytes, and ssh writes 17 more behind it while it makes one. */
const CONTROL_MOST = 107 - 17 - 21;

/** For its owner alone: whoever can open a socket in it, speaks as him on the hosts. */
async function controlFolder(): Promise<string> {
  const user = process.getuid?.() ?? 0;
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? '';
  const own = user === 0 ? '/run/trunkline' : join(runtime, 'trunkline');
  const usable = own.startsWith('/') && Buffer.byteLength(`${own}/ssh`) <= CONTROL_MOST;
  const parent = usable ? own : `/tmp/trunkline-${String(user)}`;
  for (const path of [parent, join(parent, 'ssh')]) {
    await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw new Failure('no-rights', `The folder ${path} cannot be made`, { cause });
    });
    const { uid, mode } = await lstat(path).then((found) => (found.isDirectory() ? found : { uid: -1, mode: 0 }));
    if (uid === user && (mode & 0o022) === 0) continue;
    throw new Failure('no-rights', `${path} is not a folder of this user alone`, {
      detail: 'Connections to hosts are shared in it. Remove it, then try again.',
    });
  }
  return join(parent, 'ssh');
}

type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

const direct = turns(OPENED_AT_ONCE);
const overOthers = turns(OVER_OTHERS_AT_ONCE);
const asking = turns(ASKED_AT_ONCE);

/** Runs `work` when fewer than so many others are under way. */
function turns(most: number): InTurn {
  let opening = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (opening >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else opening += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) opening -= 1;
      else next();
    }
  };
}
