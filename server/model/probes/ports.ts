import type { PortRange, Publish, Service } from '../../flow/model.ts';
import { joinRanges, portsOf } from '../services.ts';

export interface ProbePort {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly port: number | null;
}

/** Longer ranges are probed at both ends and in the middle: a mistake in a range shows at its ends. */
const WHOLE_RANGE = 16;
/** The first port tried for "one that nobody declared". */
const UNDECLARED = 40_404;

/**
 * The ports that an expectation is asked with. `any` is echo, every port that the target declares or that is published on the
 * address, and one of tcp and of udp that is neither.
 */
export function probePorts(
  services: readonly Service[],
  declared: readonly Service[],
  published: readonly Publish[],
): readonly ProbePort[] {
  const ports: ProbePort[] = [];
  for (const service of services) {
    if (service.protocol === 'icmp') ports.push({ protocol: 'icmp', port: null });
    else if (service.protocol === 'any') ports.push(...anyPorts(declared, published));
    else ports.push(...samplePorts(service.ports).map((port) => ({ protocol: service.protocol, port })));
  }
  return ports;
}

function anyPorts(declared: readonly Service[], published: readonly Publish[]): ProbePort[] {
  const ports: ProbePort[] = [{ protocol: 'icmp', port: null }];
  for (const protocol of ['tcp', 'udp'] as const) {
    const known = joinRanges([
      ...portsOf(declared, protocol),
      ...published.filter((each) => each.protocol === protocol).map((each) => each.ports),
    ]);
    for (const port of samplePorts(known)) ports.push({ protocol, port });
    let undeclared = UNDECLARED;
    for (const range of known) if (undeclared >= range.first && undeclared <= range.last) undeclared = range.last + 1;
    if (undeclared <= 65_535) ports.push({ protocol, port: undeclared });
  }
  return ports;
}

function samplePorts(ranges: readonly PortRange[]): readonly number[] {
  return ranges.flatMap(({ first, last }) => {
    const count = last - first + 1;
    if (count > WHOLE_RANGE) return [first, first + Math.floor((last - first) / 2), last];
    return Array.from({ length: count }, (_, index) => first + index);
  });
}
