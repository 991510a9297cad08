import * as z from 'zod';
import { parseAddress } from '../grammar/address.ts';
import { parseDestination } from '../grammar/prefix.ts';
import { oneOrMany, written } from './value.ts';

/** `{ to: 10.50.0.0/16, via: 10.1.1.254 }` */
export const RoutePart = z.strictObject({
  to: written(parseDestination).describe('prefix behind the router, or `default`'),
  via: written(parseAddress).describe('address of the router, on a network of a NIC'),
});
export type RoutePart = z.infer<typeof RoutePart>;

export const RouteParts = oneOrMany(RoutePart).nullish();
