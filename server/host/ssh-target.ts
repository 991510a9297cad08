import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Failure } from '../core/failure.ts';
import type { HostAccess } from '../flow/model.ts';
import { knownHostsFile } from './known-hosts.ts';

/** How a host is reached over ssh. No word of it is ever part of a command line on that host. */
export interface SshTarget {
  /** Its name in the topology, for messages. */
  readonly host: string;
  readonly user: string;
  /** Name or address for ssh(1); a `Host` of `config` where there is one. */
  readonly address: string;
  readonly port: number;
  /** The name that its key has in `knownHosts`; whatever else ssh is told, it is this key that must answer. */
  readonly keyAlias: string;
  /** The only keys that are believed. */
  readonly knownHosts: string;
  /** Instead of the user's own ssh_config(5), and the machine's. */
  readonly config?: string;
  /** What brings its key back into `knownHosts`, where that is not for a person to accept. */
  readonly remedy?: string;
  /** Where the socket of the shared connection is to be; by itself in a folder of the user's. */
  readonly controlPath?: string;
}

/** Of a host with `access: ssh://…`. The user's ssh_config counts: jump hosts, keys and addresses of the like are found there. */
export function targetOf(host: string, access: Extract<HostAccess, { type: 'ssh' }>): SshTarget {
  const { user, host: address, port } = access;
  return { host, user, address, port, keyAlias: keyAlias(address, port), knownHosts: knownHostsFile() };
}

/** As ssh writes names into known_hosts: the port only where it is another than 22. */
export function keyAlias(address: string, port: number): string {
  return port === 22 ? address : `[${address}]:${String(port)}`;
}

export function accessText({ user, address, port }: Pick<SshTarget, 'user' | 'address' | 'port'>): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `ssh://${user}@${host}${port === 22 ? '' : `:${String(port)}`}`;
}

/** What a person can type to see whether ssh gets there. */
export function commandText({ user, address, port, config }: SshTarget, command: string): string {
  const options = config === undefined ? '' : `-F ${config} `;
  return `ssh ${options}-p ${String(port)} ${user}@${address} ${command}`;
}

/** Names nothing but this connection, as these keys prove it: another key, or none any more, is another connection. */
export async function connectionDigest(target: SshTarget): Promise<string> {
  const keys = await readFile(target.knownHosts).catch(() => '');
  const { user, address, port, keyAlias: alias, knownHosts, config = '' } = target;
  return createHash('sha256')
    .update([user, address, String(port), alias, knownHosts, config, process.env['HOME'] ?? ''].join('\0'))
    .update(keys)
    .digest('hex')
    .slice(0, 20);
}

/**
 * Options of every connection. They come first and so win over any ssh_config, where only what is not named here is read from:
 * the way to the host (HostName, ProxyJump, ProxyCommand, BindAddress) and how the user proves who he is.
 */
const OPTIONS: Readonly<Record<string, string>> = {
  BatchMode: 'yes',
  StrictHostKeyChecking: 'yes',
  GlobalKnownHostsFile: '/dev/null',
  KnownHostsCommand: 'none',
  VerifyHostKeyDNS: 'no',
  NoHostAuthenticationForLocalhost: 'no',
  UpdateHostKeys: 'no',
  HashKnownHosts: 'no',
  CheckHostIP: 'no',
  CanonicalizeHostname: 'no',
  ClearAllForwardings: 'yes',
  ForwardAgent: 'no',
  ForwardX11: 'no',
  GSSAPIDelegateCredentials: 'no',
  Tunnel: 'no',
  PermitLocalCommand: 'no',
  RemoteCommand: 'none',
  RequestTTY: 'no',
  SessionType: 'default',
  StdinNull: 'no',
  ForkAfterAuthentication: 'no',
  AddKeysToAgent: 'no',
  EscapeChar: 'none',
  LogLevel: 'INFO',
  ConnectionAttempts: '1',
  ConnectTimeout: '15',
  ServerAliveInterval: '5',
  ServerAliveCountMax: '4',
  TCPKeepAlive: 'yes',
};

/** Arguments of ssh(1) up to the host; a command may follow. `more` comes before all else, and so wins. */
export function sshArguments(target: SshTarget, more: Readonly<Record<string, string>>): readonly string[] {
  const options = {
    ...OPTIONS,
    UserKnownHostsFile: optionPath(target.knownHosts),
    HostKeyAlias: target.keyAlias,
    ...more,
  };
  return [
    ...(target.config === undefined ? [] : ['-F', target.config]),
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...['-l', target.user, '-p', String(target.port), '--', target.address],
  ];
}

/** ssh splits paths at blanks and replaces `%` and `${}` in them. */
export function optionPath(path: string): string {
  if (/["\\\n]|\$\{/.test(path))
    throw new Failure('unsupported', `ssh cannot be given this path: ${JSON.stringify(path)}`, {
      detail: 'It holds a quote, a backslash, a line break or ${.',
    });
  return `"${path.replaceAll('%', '%%')}"`;
}
