import { rename, writeFile } from 'node:fs/promises';
import { Failure } from '../../core/failure.ts';
import { agentBinary } from '../agent-binary.ts';
import { groundOf } from '../vm/ground.ts';
import { HOST_ADDRESS, keyAliasOf, MANAGEMENT, managementLink, sshFiles } from './target.ts';

/** An ssh_config(5) with every host of the lab by its name: `ssh -F CONFIG gw-x`. Our own sessions are started with it too. */
export async function writeConfig(
  topology: string,
  labFolder: string,
  hosts: readonly string[],
  port: number,
): Promise<void> {
  const { config, knownHosts, clientKey } = sshFiles(labFolder);
  const { within, folder } = await groundOf(labFolder);
  const carry = [...within, await agentBinary(), 'through', folder, MANAGEMENT, HOST_ADDRESS];
  const blocks = hosts.map((host) => [
    `Host ${host}`,
    `  HostKeyAlias ${keyAliasOf(topology, host)}`,
    // ssh gives this line to a shell, as `exec LINE`.
    `  ProxyCommand ${[...carry, managementLink(host), String(port)].map(plainWord).join(' ')}`,
  ]);
  const all = [
    'Host *',
    '  User root',
    `  IdentityFile ${plainWord(clientKey)}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile ${plainWord(knownHosts)}`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    '  UpdateHostKeys no',
    '  CheckHostIP no',
    '  ForwardAgent no',
  ];
  const about = [`# The hosts of the lab of ${topology}: ssh -F ${config} HOST`, ''];
  const text = [...about, ...blocks.flat(), ...all].map((line) => `${line}\n`).join('');
  const draft = `${config}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, config);
}

/** Nothing that ssh or a shell would read as something else. */
function plainWord(word: string): string {
  if (/^[A-Za-z0-9._/@:+-]+$/.test(word)) return word;
  throw new Failure('unsupported', `ssh cannot be given this path: ${JSON.stringify(word)}`, {
    detail: 'Paths of the lab and of its agent have to consist of letters, digits and ._/@:+- for hosts over ssh.',
    toDo: ['Set XDG_RUNTIME_DIR or XDG_CACHE_HOME to such a folder, or leave --ssh out.'],
  });
}
