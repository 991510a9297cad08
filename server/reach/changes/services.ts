import type { Box } from '../sets/boxes.ts';

const WORDS: ReadonlyMap<bigint, string> = new Map([
  [6n, 'tcp'],
  [17n, 'udp'],
  [132n, 'sctp'],
  [33n, 'dccp'],
  [136n, 'udplite'],
]);

const ECHO: ReadonlyMap<bigint, bigint> = new Map([
  [1n, 8n],
  [58n, 128n],
]);

/** `5432/tcp`, `8000-8010/udp`, `icmp` (echo among it), `icmp type 1-4`, `protocol 47`, `any`. */
export function servicesOf({ protocols, ports, icmpTypes }: Box): readonly string[] {
  const everyPort = ports.some(({ first, last }) => first === 0n && last === 65_535n);
  if (protocols.length > 200 && everyPort) return ['any'];
  if (protocols.length > 200) return ports.map((port) => `${spanText(port)}/any`);
  return protocols.flatMap((protocol) => {
    const word = WORDS.get(protocol);
    const echo = ECHO.get(protocol);
    if (echo !== undefined)
      return icmpTypes.some(({ first, last }) => first <= echo && last >= echo)
        ? ['icmp']
        : icmpTypes.map((types) => `icmp type ${spanText(types)}`);
    if (word === undefined) return [`protocol ${String(protocol)}`];
    return everyPort ? [word] : ports.map((port) => `${spanText(port)}/${word}`);
  });
}

function spanText({ first, last }: { readonly first: bigint; readonly last: bigint }): string {
  return first === last ? String(first) : `${String(first)}-${String(last)}`;
}
