import { shortTag } from '../../core/hash.ts';
import { canonicalJson } from '../../core/json.ts';
import type { Publish } from '../../flow/model.ts';
import type { PublishLine } from '../../flow/topology.ts';

const ID_LENGTH = 10;

/**
 * Names a port mapping by what it says. The target counts as written, by name: a guest that gets another address keeps the id,
 * and with it the counter, of what is published for it.
 */
export function publishId(
  topology: string,
  gateway: string,
  line: PublishLine,
  { listen, protocol, ports }: Pick<Publish, 'listen' | 'protocol' | 'ports'>,
): string {
  const from = line.from === null ? null : line.from.map((each) => each.value).sort();
  const content = canonicalJson({ listen, protocol, ports, to: line.to.value, toPort: line.toPort, from });
  return `n-${shortTag(ID_LENGTH, 'publish', topology, gateway, content)}`;
}
