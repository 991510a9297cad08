import { statSync } from 'node:fs';
import { webFolder } from '../store/place.ts';

/**
 * The folder where the web process keeps who may sign in and what was tried. Where it is that one's own, root works in it as that
 * one from here on: links that lie there lead root nowhere.
 */
export function enterWebFolder(): string {
  const folder = webFolder();
  const about = statSync(folder, { throwIfNoEntry: false });
  if (about === undefined || process.geteuid?.() !== 0 || about.uid === 0) return folder;
  process.setgroups?.([]);
  process.setgid?.(about.gid);
  process.setuid?.(about.uid);
  return folder;
}
