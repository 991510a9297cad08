/**
 * A service is a program of somebody else's that we have running in a network stack, with the files that it is told by. They lie
 * in a folder of its own under /run, which ends with the boot as everything does that runs; `control` among them is the script
 * that starts, reloads and ends it.
 */
import type { Scope } from './resource.ts';

export const SERVICES = '/run/trunkline/services';
export const CONTROL_NAME = 'control';

/** Programs that services are made of: whether a host has them is found out before anything is changed. */
export const SERVICE_PROGRAMS = ['keepalived', 'conntrackd', 'dnsmasq', 'bash'] as const;

/**
 * Which of the services of one network stack: `''` is the one that makes it a member of a cluster, any other has the name of its
 * program.
 */
export type ServiceName = '' | 'dnsmasq' | 'bash';

/** How no namespace can be called: services in the host's own stack. */
const OWN_STACK = '_';

/** What its folder is called, and what its script is told: `shop-gw` of a cluster's member, `shop-gw.dnsmasq`, `_.dnsmasq`. */
export function serviceKey(scope: Scope, name: ServiceName = ''): string {
  return `${scope === '' ? OWN_STACK : scope}${name === '' ? '' : `.${name}`}`;
}

/** The other way round; the name may be one that we know nothing of. */
export function readServiceKey(key: string): { readonly scope: Scope; readonly name: string } {
  const [stack = '', name = ''] = key.split('.');
  return { scope: stack === OWN_STACK ? '' : stack, name };
}

export function folderOf(scope: Scope, name: ServiceName = ''): string {
  return `${SERVICES}/${serviceKey(scope, name)}`;
}

/** By name, as they are sent to the host and kept there: `NAME BYTES`, a line break, the bytes. */
export type ServiceFiles = Readonly<Record<string, string>>;

export function frameFiles(files: ServiceFiles): string {
  return Object.entries(files)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, content]) => `${name} ${String(Buffer.byteLength(content))}\n${content}`)
    .join('');
}

/** `undefined` where it is not whole. */
export function readFrames(bytes: Buffer): ServiceFiles | undefined {
  const files: Record<string, string> = {};
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    const [, name, size] = /^([a-z.]+) (\d+)$/.exec(bytes.toString('latin1', at, end < 0 ? at : end)) ?? [];
    const next = end + 1 + Number(size);
    if (name === undefined || next > bytes.length) return undefined;
    files[name] = bytes.toString('utf8', end + 1, next);
    at = next;
  }
  return files;
}
