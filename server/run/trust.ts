/** Accepting a host's ssh key: the one way in which a key gets into the list of those that are believed. */
import { Failure } from '../core/failure.ts';
import type { HostAccess } from '../flow/model.ts';
import { fetchHostKey, provesKnownKey, shownKey } from '../host/host-key.ts';
import { fingerprintOf, knownKeys, recordKey } from '../host/known-hosts.ts';
import { accessText, targetOf } from '../host/ssh-target.ts';
import type { SshTarget } from '../host/ssh-target.ts';

export interface TrustRequest {
  /** For messages: its name in the topology, else its address. */
  readonly host: string;
  readonly access: Extract<HostAccess, { type: 'ssh' }>;
  /** `SHA256:…`, as the host itself shows it; the key must have it. */
  readonly fingerprint: string | null;
  /** A key that is known may be another one from now on. */
  readonly replace: boolean;
  /** Asks a person; where he does not agree it throws, and nothing is written. */
  readonly agree: (shown: {
    readonly access: string;
    readonly key: string;
    readonly former: string | null;
  }) => Promise<void>;
}

export interface Trusted {
  readonly host: string;
  readonly access: string;
  /** `known`: it was before, and the host proves to have it. */
  readonly result: 'known' | 'added' | 'replaced';
  readonly type: string;
  readonly fingerprint: string;
  readonly knownHosts: string;
}

export async function trustHost(request: TrustRequest): Promise<Trusted> {
  const { host, fingerprint } = request;
  const target = targetOf(host, request.access);
  const [former] = await knownKeys(target.knownHosts, target.keyAlias);
  if (former !== undefined && (await provesKnownKey(target))) {
    if (fingerprint !== null && fingerprintOf(former) !== fingerprint)
      throw otherFingerprint(target, fingerprintOf(former), fingerprint);
    return trusted(target, 'known', former);
  }
  const key = await fetchHostKey(target);
  const found = fingerprintOf(key);
  if (former !== undefined && !request.replace) throw changedKey(target, fingerprintOf(former), found);
  if (fingerprint === null) {
    const access = accessText(target);
    await request.agree({
      access,
      key: await shownKey(target.keyAlias, key),
      former: former === undefined ? null : fingerprintOf(former),
    });
  } else if (fingerprint !== found) throw otherFingerprint(target, found, fingerprint);
  await recordKey(target.knownHosts, target.keyAlias, key);
  return trusted(target, former === undefined ? 'added' : 'replaced', key);
}

function trusted(target: SshTarget, result: Trusted['result'], key: { type: string; blob: string }): Trusted {
  const { host, knownHosts } = target;
  return { host, access: accessText(target), result, type: key.type, fingerprint: fingerprintOf(key), knownHosts };
}

function changedKey(target: SshTarget, known: string, found: string): Failure {
  return new Failure('host-identity', `${target.host} is not the host that it was: its ssh key has changed`, {
    detail: `Known is ${known}, and it shows ${found}. Somebody else may be answering in its place. The list of keys stays as it is.`,
    toDo: [`Find out why. Only where you know that it has a new key: trunkline trust ${accessText(target)} --replace`],
  });
}

function otherFingerprint({ host }: SshTarget, found: string, wanted: string): Failure {
  return new Failure('host-identity', `${host} has another key than you say`, {
    detail: `It shows ${found}, and not ${wanted}. The list of keys stays as it is.`,
    toDo: ['Compare with what the host itself shows: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub'],
  });
}
