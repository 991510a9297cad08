/**
 * Fields that link kinds have in common, as zod shapes. They are strict about text: a saved plan and the record on a host are
 * rendered into commands again, so a name that is not safe must not get through here either.
 */
import { z } from 'zod';
import { parseAddress, parsePrefix } from '../core/address.ts';

/**
 * Interface names that go into a command unharmed: of ours, and of physical ports (`eno1.10`). The kernel takes nearly any
 * byte, and `ip -batch` reads `#`, quotes and `\` in its own way, so everything else is left alone as foreign.
 */
export const DEVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/;
/** What `resourceId` makes. */
export const RESOURCE_ID = /^[a-z]+:[A-Za-z0-9][A-Za-z0-9:./@_-]{0,199}$/;
const NAMESPACE_NAME = /^[a-z][a-z0-9-]{0,99}$/;
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

export const deviceField = z.string().regex(DEVICE_NAME);
export const idField = z.string().regex(RESOURCE_ID);
export const macField = z.string().regex(MAC);
export const mtuField = z.int().min(68).max(65_535);
export const vidField = z.int().min(1).max(4094);
export const namespaceField = z.string().regex(NAMESPACE_NAME);
/** `''` is the host's own stack. */
export const scopeField = z.union([z.literal(''), namespaceField]);
export const addressField = z.string().refine((text) => parseAddress(text)?.text === text, 'not a canonical address');
export const prefixField = z.string().refine((text) => parsePrefix(text)?.text === text, 'not a canonical prefix');
export const interfaceAddressField = z
  .string()
  .refine((text) => parsePrefix(text)?.written === text, 'not a canonical address with prefix length');

export function isSafeDevice(name: string): boolean {
  return DEVICE_NAME.test(name);
}
