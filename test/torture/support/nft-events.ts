import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Compiles what tells of every change to nftables into a folder, and gives its path; see nft-events.c. */
export function nftEventsProgram(folder: string): string {
  const program = path.join(folder, 'nft-events');
  execFileSync('gcc', ['-O2', '-o', program, path.join(import.meta.dirname, 'nft-events.c')]);
  return program;
}
