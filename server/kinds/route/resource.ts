import { z } from 'zod';
import { addressField, deviceField, idField, interfaceAddressField, scopeField } from '../link-fields.ts';

/** A gateway's default route, to the router of its external network. */
export const Route = z.strictObject({
  kind: z.literal('route'),
  id: idField,
  scope: scopeField,
  to: interfaceAddressField,
  via: addressField,
  device: deviceField,
  /** The resource that makes the interface. */
  link: idField,
  /** The addresses whose subnet the router is in: without one the kernel refuses the route. */
  through: z.array(idField),
});
export type Route = z.infer<typeof Route>;
