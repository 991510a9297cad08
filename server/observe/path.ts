import { parseAddress } from '../core/address.ts';
import type { PathView } from '../flow/hostview.ts';

/**
 * `CLIENT PORT SERVER PORT` as sshd(8) tells it, then what `ip route get` and `ip neigh show` say of the way back, a line each.
 * `undefined` where nobody came by ssh, or the host has no way to where he came from (it is in another stack then).
 */
export function readPath(output: Buffer): PathView | undefined {
  const [words = '', way = '', ...neighbours] = output.toString('utf8').split('\n');
  const [client, , server, port] = words.split(' ');
  const from = withoutZone(client);
  const to = withoutZone(server);
  const device = wordAfter('dev', way);
  if (from === undefined || to === undefined || device === undefined || !/^\d+$/.test(port ?? '')) return undefined;
  const via = parseAddress(wordAfter('via', way) ?? '')?.text ?? null;
  const seen = neighbours.find((line) => wordAfter('dev', line) === device);
  const mac = wordAfter('lladdr', seen ?? '');
  return { client: from, server: to, port: Number(port), device, via, mac: mac ?? null };
}

/** A link-local address is told with its interface: `fe80::1%eno1`. */
function withoutZone(text: string | undefined): string | undefined {
  return parseAddress(text?.split('%', 1)[0] ?? '')?.text;
}

function wordAfter(word: string, line: string): string | undefined {
  const words = line.split(' ');
  const at = words.indexOf(word);
  return at < 0 ? undefined : words[at + 1];
}
