import * as z from 'zod';
import { parseEndpoint } from '../grammar/endpoint.ts';
import { parseLostHost } from '../grammar/even-without.ts';
import { parseService } from '../grammar/service.ts';
import { parseReaches } from '../grammar/target.ts';
import { oneOrMore, written, writtenOrNumber } from './value.ts';

const Services = oneOrMore(writtenOrNumber(parseService));
const Endpoints = oneOrMore(written(parseEndpoint));

/** `{ allow: 5432/tcp, from: shop, to: db1 }` */
export const PolicyPart = z.strictObject({
  allow: Services.optional().meta({
    description: 'services that may pass',
    examples: ['5432/tcp', ['80/tcp', '443/tcp', 'icmp']],
  }),
  deny: Services.optional().meta({ description: 'services that may not pass', examples: ['any'] }),
  from: Endpoints.meta({ description: 'where flows begin', examples: ['shop', ['shop', 'db']] }),
  to: Endpoints.meta({ description: 'where flows lead', examples: ['db1', 'internet'] }),
  log: z
    .boolean()
    .optional()
    .meta({ description: 'whether such packets are logged', default: false, examples: [true] }),
  reject: z
    .boolean()
    .optional()
    .meta({ description: 'whether a denied packet is answered', default: false, examples: [true] }),
});
export type PolicyPart = z.infer<typeof PolicyPart>;

/** `{ allow: 443/tcp, from: internet, to: 192.0.2.11, reaches: web1:8443 }` */
export const ExpectPart = z.strictObject({
  allow: Services.optional().meta({ description: 'services that must pass', examples: ['443/tcp'] }),
  deny: Services.optional().meta({ description: 'services that must not pass', examples: ['any'] }),
  from: Endpoints.meta({ description: 'where packets are sent from', examples: ['internet'] }),
  to: Endpoints.meta({ description: 'where packets are sent to', examples: ['192.0.2.11'] }),
  reaches: written(parseReaches)
    .optional()
    .meta({ description: 'the guest and port that must answer', examples: ['web1:8443'] }),
  'even-without': oneOrMore(written(parseLostHost))
    .optional()
    .meta({
      description: 'hosts that are down meanwhile, one after the other; `any host` is each in turn',
      examples: ['gw-y', 'any host'],
    }),
});
export type ExpectPart = z.infer<typeof ExpectPart>;
