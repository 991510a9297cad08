import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const ROOT = path.join(import.meta.dirname, '../..');

const PARTS = [
  ...['server', 'web', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.web.json', 'vite.config.ts'],
  '.dependency-cruiser.cjs',
];

/** A copy of the checkout to do things to, with the same installed packages. Whoever makes it removes it. */
export function copyCheckout(): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'trunkline-house-'));
  for (const part of PARTS) cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}
