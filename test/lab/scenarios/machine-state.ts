import { readdir, readFile } from 'node:fs/promises';
import { execa } from 'execa';

/**
 * Everything of this machine that the lab of a topology could have touched by mistake, as text; nodes are separate. /etc and /var/lib are those of
 * the machine around, where others may be at work: of Trunkline's own folders only the topology's part counts.
 */
export async function machineState(topology: string): Promise<Readonly<Record<string, string>>> {
  const read = async (...argv: readonly string[]): Promise<string> => {
    const [file = '', ...args] = argv;
    return (await execa(file, args, { reject: false })).stdout;
  };
  return {
    links: await read('ip', '-br', 'link'),
    addresses: await read('ip', '-br', 'address'),
    routes: await read('ip', 'route', 'show', 'table', 'all'),
    routes6: await read('ip', '-6', 'route', 'show', 'table', 'all'),
    rules: await read('ip', 'rule'),
    rules6: await read('ip', '-6', 'rule'),
    queues: await read('tc', 'qdisc', 'show'),
    nft: await read('nft', 'list', 'ruleset'),
    mounts: (await read('cat', '/proc/self/mounts')).split('\n').sort().join('\n'),
    files: await read(
      'sh',
      '-c',
      'ls -laR --time-style=full-iso /etc 2>/dev/null | grep -v "^total"; find /run -xdev -not -name "*.pid" | sort; ls -A /var/lib | grep -v "^trunkline$"',
    ),
    own: await read(
      'sh',
      '-c',
      'ls -d "/etc/trunkline/$1" "/var/lib/trunkline/$1" "/run/trunkline/$1" "/run/trunkline/borrowed/$1.json" 2>/dev/null',
      'sh',
      topology,
    ),
    settings: await read(
      'sh',
      '-c',
      // Counters and caches of the machine around are no settings.
      'cd /proc/sys/net && grep -rs . . | grep -v -e nf_conntrack_count -e /flush: -e stable_secret | sort',
    ),
    hostname: await read('hostname'),
    ...(await processNames()),
  };
}

/** By their names; a process that is going takes a moment. Nodes have names of their own. */
async function processNames(): Promise<{ readonly agents: string; readonly others: string }> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')));
  const names = texts
    .filter((text) => text !== '' && !text.includes('State:\tZ'))
    .map((text) => text.split('\n', 1)[0] ?? '')
    .sort();
  const [agents, others] = [true, false].map((own) => names.filter((name) => name.startsWith('Name:\tlab:') === own));
  return { agents: agents?.join(' ') ?? '', others: others?.join(' ') ?? '' };
}
