import { z } from 'zod';
import { addressField, deviceField, idField, interfaceAddressField, scopeField } from '../link-fields.ts';

/** A default route of a gateway or host, or one that is written: `routes: [{ to: 10.50.0.0/16, via: 10.1.1.254 }]`. */
export const Route = z.strictObject({
  kind: z.literal('route'),
  id: idField,
  scope: scopeField,
  to: interfaceAddressField,
  via: addressField,
  device: deviceField,
  /** 254 is the main table; others are asked by a rule. */
  table: z.int().min(1).max(0xffff_ffff),
  /** The resource that makes the interface. */
  link: idField,
  /** The addresses whose subnet the router is in: without one the kernel refuses the route. */
  through: z.array(idField),
  /** Only of one that somebody else made: whose it is by its protocol (`static`, `boot`). */
  protocol: z.enum(['static', 'boot']).optional(),
});
export type Route = z.infer<typeof Route>;
