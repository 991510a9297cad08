import * as z from 'zod';
import { parseEndpoint } from '../grammar/endpoint.ts';
import { parseService } from '../grammar/service.ts';
import { parseReaches } from '../grammar/target.ts';
import { later, oneOrMore, written, writtenOrNumber } from './value.ts';

const Services = oneOrMore(writtenOrNumber(parseService));
const Endpoints = oneOrMore(written(parseEndpoint));

/** `{ allow: 5432/tcp, from: shop, to: db1 }` */
export const PolicyPart = z.strictObject({
  allow: Services.optional().describe('services that may pass'),
  deny: Services.optional().describe('services that may not pass'),
  from: Endpoints.describe('where flows begin'),
  to: Endpoints.describe('where flows lead'),
  log: z.boolean().optional().describe('whether such packets are logged'),
  reject: z.boolean().optional().describe('whether a denied packet is answered'),
});
export type PolicyPart = z.infer<typeof PolicyPart>;

/** `{ allow: 443/tcp, from: internet, to: 192.0.2.11, reaches: web1:8443 }` */
export const ExpectPart = z.strictObject({
  allow: Services.optional().describe('services that must pass'),
  deny: Services.optional().describe('services that must not pass'),
  from: Endpoints.describe('where packets are sent from'),
  to: Endpoints.describe('where packets are sent to'),
  reaches: written(parseReaches).optional().describe('the guest and port that must answer'),
  'even-without': later('asks for the same while a host is down'),
});
export type ExpectPart = z.infer<typeof ExpectPart>;
