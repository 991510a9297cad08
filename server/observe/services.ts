/** What the reading says of services, as views. Throws `observation` where it is not whole. */
import { Failure } from '../core/failure.ts';
import { parsePrefix } from '../core/address.ts';
import type { HostView, ServiceView } from '../flow/hostview.ts';
import { readFrames, readServiceKey } from '../flow/service.ts';

export function readServices(host: string, output: Buffer): Pick<HostView, 'services' | 'tools'> {
  const services: ServiceView[] = [];
  const tools: string[] = [];
  let at = 0;
  while (at < output.length) {
    const end = output.indexOf(10, at);
    const words = end < 0 ? [] : output.toString('latin1', at, end).split(' ');
    const [word, name = '', state, size = '0'] = words;
    const next = end + 1 + (word === 'service' ? Number(size) : 0);
    if (word === 'tool') tools.push(name);
    else services.push(serviceView(host, name, state, word === 'service' ? output.subarray(end + 1, next) : undefined));
    at = next;
  }
  return { services, tools };
}

function serviceView(host: string, key: string, state: string | undefined, bytes: Buffer | undefined): ServiceView {
  const files = bytes === undefined ? undefined : readFrames(bytes);
  if (files === undefined)
    throw new Failure('observation', `What runs on ${host} is not understood`, {
      detail: 'The files of a service in /run/trunkline/services are not as they were written.',
    });
  const holds = (files['holds'] ?? '').split('\n').flatMap((line) => {
    const [device = '', address = ''] = line.split(' ');
    const written = parsePrefix(address)?.written;
    return written === undefined ? [] : [{ device, address: written }];
  });
  return { ...readServiceKey(key), running: state === 'running', files, holds };
}
