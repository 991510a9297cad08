import { Failure } from '../core/failure.ts';
import type { Part } from './parts.ts';

const INSTALL = 'On Debian and Ubuntu: apt-get install iproute2 nftables.';

/**
 * A read that failed is explained by what it failed for; no view is made from the rest.
 * @param versions whether the tools were asked for theirs.
 */
export function checkTools(host: string, parts: readonly Part[], versions: boolean): void {
  for (const part of parts) {
    if (part.exitCode === 0) continue;
    const text = part.errors;
    if (part.exitCode === 127 || /not found/.test(text)) {
      throw new Failure('tool-missing', `A tool is missing on ${host}`, { detail: `${text}. ${INSTALL}` });
    }
    if (/not permitted|permission denied|must be root/i.test(text)) {
      throw new Failure('no-rights', `No right to read the network state of ${host}`, {
        detail: `${text}. It needs root (CAP_NET_ADMIN) there.`,
      });
    }
    throw new Failure('observation', `${host} could not be read`, {
      detail: `"${part.name}"${part.scope === '' ? '' : ` in namespace ${part.scope}`} ended with ${String(part.exitCode)}: ${text}`,
    });
  }
  if (!versions) return;
  const told = parts.find((each) => each.name === 'versions')?.output.toString('utf8') ?? '';
  requireVersion(host, 'iproute2', /iproute2-(\d+)\.(\d+)/.exec(told), [6, 1, 0]);
  requireVersion(host, 'nft', /nftables v(\d+)\.(\d+)\.(\d+)/.exec(told), [1, 0, 6]);
}

function requireVersion(
  host: string,
  tool: string,
  found: RegExpExecArray | null,
  least: readonly [number, number, number],
): void {
  if (found === null)
    throw new Failure('tool-missing', `The version of ${tool} on ${host} cannot be read`, { detail: INSTALL });
  const version = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)] as const;
  const older = version.findIndex((part, index) => part !== least[index]);
  if (older >= 0 && (version[older] ?? 0) < (least[older] ?? 0)) {
    throw new Failure('tool-missing', `${tool} on ${host} is too old`, {
      detail: `It is ${version.join('.')}, and ${least.join('.')} is the oldest that is supported (Debian 12, Ubuntu 24.04).`,
    });
  }
}
