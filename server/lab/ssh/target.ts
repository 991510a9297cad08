/** Where what a lab needs for ssh lies in its folder, and how its hosts are reached by it. */
import { join } from 'node:path';
import { shortTag } from '../../core/hash.ts';
import type { Model } from '../../flow/model.ts';
import type { SshTarget } from '../../host/ssh-target.ts';
import { probePlan } from '../../model/probes.ts';

/** The node that the hosts' management links end in. Names with a dot are none of a topology's. */
export const MANAGEMENT = 'ssh.management';
/** In a host; no name in a topology begins like this. */
export const MANAGEMENT_DEVICE = '_management';
/** Link-local, so that they are no part of any topology's subnets: each link is a segment of its own. */
export const NEAR_ADDRESS = 'fe80::1';
export const HOST_ADDRESS = 'fe80::2';
/** Beyond those that the kernel gives to clients. */
const FIRST_PORT = 64_022;

/**
 * Where the hosts' sshds listen. Although they do so on their management links only, nobody else could listen on the same port
 * of all addresses: it is one that no expectation asks for.
 */
export function managementPort(model: Model): number {
  const asked = new Set(probePlan(model).probes.flatMap(({ port, target }) => [port, target?.port ?? null]));
  let port = FIRST_PORT;
  while (asked.has(port)) port += 1;
  return port;
}

/** In the management node: the other end of the host's link. */
export function managementLink(host: string): string {
  return `m-${shortTag(8, 'management', host)}`;
}

export function sshFolder(labFolder: string): string {
  return join(labFolder, 'ssh');
}

export function sshFiles(labFolder: string): Readonly<Record<'config' | 'knownHosts' | 'clientKey', string>> {
  const folder = sshFolder(labFolder);
  return { config: join(folder, 'config'), knownHosts: join(folder, 'known_hosts'), clientKey: join(folder, 'client') };
}

/** Ends like no real host's name: a key of the lab is never taken for one of production, nor the other way round. */
export function keyAliasOf(topology: string, host: string): string {
  return `${host}.${topology}.lab.invalid`;
}

/** A control socket's path has little room: it lies in the lab's folder itself. */
export const CONTROL_SOCKET = /^[a-z2-7]{8}\.c$/;

export function labSshTarget({ topology, folder }: { topology: string; folder: string }, host: string): SshTarget {
  const { config, knownHosts } = sshFiles(folder);
  return {
    ...{ host, user: 'root', address: host, port: 22 },
    keyAlias: keyAliasOf(topology, host),
    knownHosts,
    config,
    remedy: 'trunkline lab up --ssh FILE',
    controlPath: join(folder, `${shortTag(8, 'control', host)}.c`),
  };
}
