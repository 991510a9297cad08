/** What to say where ssh gave up: what it means, and what a person can do. Nothing is decided by it but the words. */
import { Failure } from '../core/failure.ts';
import type { FailureKind } from '../core/failure.ts';
import type { SessionEnd } from './session.ts';
import { accessText, commandText } from './ssh-target.ts';
import type { SshTarget } from './ssh-target.ts';

interface Meaning {
  readonly says: RegExp;
  readonly kind: FailureKind;
  readonly summary: (host: string) => string;
  /** Before what ssh said itself. */
  readonly why: string;
  readonly toDo: (target: SshTarget) => readonly string[];
}

/** What ssh(1) prints, with exit code 255; the first that fits. */
const SSH_SAYS: readonly Meaning[] = [
  {
    says: /REMOTE HOST IDENTIFICATION HAS CHANGED|POSSIBLE DNS SPOOFING|REVOKED HOST KEY/,
    kind: 'host-identity',
    summary: (host) => `${host} is not the host that it was: its ssh key has changed`,
    why: 'Somebody else may be answering in its place. Nothing was sent to it.',
    toDo: (target) => [
      `Find out why. Only where you know that ${target.host} has a new key: ${target.remedy ?? `trunkline trust ${accessText(target)} --replace`}`,
    ],
  },
  {
    says: /host key is known for|Host key verification failed/,
    kind: 'host-identity',
    summary: (host) => `The ssh key of ${host} is not known here`,
    why: 'Without it, anybody could be answering in its place. Nothing was sent to it.',
    toDo: (target) => [
      target.remedy ??
        `Compare its fingerprint with the one that the host itself shows, and accept it: trunkline trust ${accessText(target)}`,
    ],
  },
  {
    says: /Permission denied|Too many authentication failures|No supported authentication methods/,
    kind: 'no-rights',
    summary: (host) => `${host} refuses to let us in`,
    why: 'None of the keys that ssh has here is accepted there; passwords are never asked for.',
    toDo: (target) => [
      `Put your public key into ~/.ssh/authorized_keys of ${target.user} there, or load the right one: ssh-add`,
      `What must work: ${commandText(target, 'true')}`,
    ],
  },
  {
    says: /Could not resolve hostname/,
    kind: 'host-unreachable',
    summary: (host) => `The name of ${host} leads to no address`,
    why: 'Look at its `access`, and at the names that this machine knows.',
    toDo: () => [],
  },
  {
    says: /Connection refused/,
    kind: 'host-unreachable',
    summary: (host) => `No ssh server answers on ${host}`,
    why: 'The host is there, and nothing listens on that port.',
    toDo: (target) => [`See that sshd runs there and listens on port ${String(target.port)}`],
  },
  {
    says: /Unable to negotiate|no matching/,
    kind: 'host-unreachable',
    summary: (host) => `${host} and this machine have no method of ssh in common`,
    why: 'One of them is much older than the other.',
    toDo: () => [],
  },
  {
    says: /timed out|Timeout|No route to host|Network is unreachable|Host is down/,
    kind: 'host-unreachable',
    summary: (host) => `${host} does not answer`,
    why: 'It is down, or the way to it is.',
    toDo: (target) => [`See whether ${target.address} can be reached from this machine at all`],
  },
  {
    says: /kex_exchange|banner|Bad packet|invalid format|padding error|Bad remote protocol|Connection (closed|reset)|message authentication code/,
    kind: 'host-unreachable',
    summary: (host) => `${host} does not speak ssh as it should`,
    why: 'Something answers on that port and breaks the conversation off: no ssh server, a very busy one, or a firewall between.',
    toDo: () => ['Try again; if it stays so, look at what listens there, and at its log'],
  },
];

/** What the way in on the host itself prints, before a session stands. */
const HOST_SAYS: readonly Meaning[] = [
  {
    says: /sudo: .*(password is required|terminal is required|no tty present)/,
    kind: 'no-rights',
    summary: (host) => `sudo on ${host} asks for a password`,
    why: 'Reading and changing the network needs root there, and nobody can be asked.',
    toDo: ({ user }) => [
      `Allow it without: ${user} ALL=(root) NOPASSWD: ALL in a file of /etc/sudoers.d there, or use root@`,
    ],
  },
  {
    says: /not in the sudoers|is not allowed to (execute|run)|may not run sudo/,
    kind: 'no-rights',
    summary: (host) => `sudo on ${host} is not allowed to this user`,
    why: 'Reading and changing the network needs root there.',
    toDo: ({ user }) => [`Allow it: ${user} ALL=(root) NOPASSWD: ALL in a file of /etc/sudoers.d there, or use root@`],
  },
  {
    says: /sudo: (command )?not found|exec: sudo|sudo: No such file/,
    kind: 'tool-missing',
    summary: (host) => `There is no sudo on ${host}`,
    why: 'A user other than root becomes root by it.',
    toDo: () => ['Install sudo there, or use root@'],
  },
];

export function explainSshEnd(target: SshTarget, end: SessionEnd): Failure {
  const { host } = target;
  if (end.code === 'ENOENT')
    return new Failure('tool-missing', 'ssh is not installed', {
      detail: 'Hosts over ssh are reached with OpenSSH (Debian, Ubuntu: apt-get install openssh-client).',
    });
  const said = end.stderr === '' ? `ssh ended with ${String(end.exitCode ?? 'a signal')}, without a word.` : end.stderr;
  if (end.ready) return new Failure('host-unreachable', `The connection to ${host} broke`, { detail: shown(said) });
  const meanings = end.exitCode === 255 ? SSH_SAYS : HOST_SAYS;
  const meaning = meanings.find(({ says }) => says.test(end.stderr));
  if (meaning !== undefined)
    return new Failure(meaning.kind, meaning.summary(host), {
      detail: `${meaning.why}\n${shown(said)}`,
      toDo: meaning.toDo(target),
    });
  return new Failure('host-unreachable', `No session comes to stand on ${host}`, {
    detail: `${shown(said)}${greetingText(end.greeting)}`,
    toDo: [`What must work: ${commandText(target, 'sh')}`],
  });
}

function shown(text: string): string {
  const lines = text.split('\n').filter((line) => !/^@+$|^\s*$/.test(line));
  return lines.join('\n').slice(0, 1500);
}

function greetingText(greeting: string): string {
  const text = greeting.trim();
  return text === '' ? '' : `\nIt printed ${JSON.stringify(text.slice(0, 300))} where a shell was expected.`;
}
