import { z } from 'zod';
import { deviceField, idField, interfaceAddressField, scopeField } from '../link-fields.ts';

/** An address of a gateway or of a host (`nics: { mgmt: 10.0.20.11 }`), with the length of its subnet. */
export const Address = z.strictObject({
  kind: z.literal('address'),
  id: idField,
  scope: scopeField,
  device: deviceField,
  address: interfaceAddressField,
  /** The resource that makes the interface. */
  link: idField,
  /** Usable at once: without duplicate address detection, which takes 2 s and half a minute on a busy machine (IPv6). */
  nodad: z.boolean(),
  /** IPv6: the kernel found that somebody else has it and does not use it. */
  duplicate: z.boolean(),
  /** False only for what it is like without us, on an interface that stays. */
  present: z.boolean(),
  /** On a bridge that somebody else made: what was there before is kept address by address, since the others are theirs. */
  borrowed: z.boolean(),
});
export type Address = z.infer<typeof Address>;
