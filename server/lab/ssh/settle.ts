/**
 * Hosts over ssh: brings the sshds of a lab's hosts, the links to them and the keys up to date, or takes them away, as the lab
 * is to be. Comes in: a model and the lab's nodes. May touch: the lab's hosts and its folder.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Model } from '../../flow/model.ts';
import type { Lab } from '../lab.ts';
import type { WantedNode } from '../nodes.ts';
import { eachLimited, tryTool } from '../tool.ts';
import { writeConfig } from './config.ts';
import { sshdForNodes, startDaemon, stopDaemon } from './daemon.ts';
import { makeKeys } from './keys.ts';
import { linkHosts, unlinkHosts } from './management.ts';
import { findSshd } from './sshd.ts';
import { CONTROL_SOCKET, MANAGEMENT, managementPort, sshFolder } from './target.ts';

/** What a lab has besides the nodes of its model. */
export function managementNodes(ssh: boolean): readonly WantedNode[] {
  return ssh ? [{ name: MANAGEMENT, kind: 'wire' }] : [];
}

export async function settleSsh(model: Model, lab: Lab, say: (line: string) => void): Promise<void> {
  const hosts = [...model.hosts.keys()];
  if (!lab.ssh) {
    await removeSsh(lab, hosts);
    return;
  }
  // Those that stand may lead to nodes that are no more; who is using one goes on with it.
  await endConnections(lab.folder, 'stop');
  const sshd = await sshdForNodes(lab, await findSshd(say));
  const port = managementPort(model);
  const { hostKeys, client } = await makeKeys(lab.topology, lab.folder, hosts);
  await writeConfig(lab.topology, lab.folder, hosts, port);
  await linkHosts(lab, hosts);
  await eachLimited(hosts, 4, (host) =>
    startDaemon(lab, host, sshd, { hostKey: hostKeys.get(host) ?? '', client, port }),
  );
  say(`hosts over ssh: ${String(hosts.length)} listen`);
}

/** Its folder goes last: where a run is killed before, the next one begins again. */
async function removeSsh(lab: Lab, hosts: readonly string[]): Promise<void> {
  const folder = sshFolder(lab.folder);
  const there = await readdir(folder).catch(() => null);
  if (there === null) return;
  await endConnections(lab.folder, 'exit');
  await eachLimited(hosts, 4, (host) => stopDaemon(lab, host));
  await unlinkHosts(lab, hosts);
  await rm(folder, { recursive: true });
}

const ENDING_MS = 5000;

/** Ends the connections that stay open between two commands (ControlPersist): at once, or when nobody uses them any more. */
export async function endConnections(labFolder: string, how: 'exit' | 'stop'): Promise<void> {
  const sockets = (await readdir(labFolder)).filter((name) => CONTROL_SOCKET.test(name));
  await eachLimited(sockets, 8, async (name) => {
    const path = join(labFolder, name);
    await tryTool(['ssh', '-F', '/dev/null', '-o', `ControlPath="${path.replaceAll('%', '%%')}"`, '-O', how, 'lab']);
    // It takes its socket away when it ends; one that a kill left belongs to nobody.
    for (let waitedMs = 0; waitedMs < ENDING_MS; waitedMs += 20) {
      if (!(await readdir(labFolder)).includes(name)) return;
      await sleep(20);
    }
    await rm(path, { force: true });
  });
}
