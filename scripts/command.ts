/**
 * Where the built command starts: as the sources do, but with Node's cache of compiled code switched on first. It lies beside
 * the build, and is used only by whoever owns that: nobody else could leave code there for us, and a run as root leaves no
 * files of root in a user's checkout.
 */
import { statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import path from 'node:path';

if (statSync(import.meta.dirname).uid === process.geteuid?.()) {
  enableCompileCache(path.join(import.meta.dirname, '.cache'));
}
await import('../server/cli/main.ts');
