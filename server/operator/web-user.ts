/** Who the web process runs as, where this one is root: a user with no rights, no files and no other processes. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface WebUser {
  readonly uid: number;
  readonly gid: number;
}

/** As systemd hands them out to services (`DynamicUser=`): nobody else does. */
const FIRST = 61_184;
const LAST = 65_519;
/** Where one would begin to look. */
const START = 61_840;

/**
 * `null`: nobody else can be had here (not root, or a user namespace with few users).
 * @param state the folder that web processes of this machine keep what they remember in: whoever it belongs to is one of ours.
 */
export function chooseWebUser(state: string): WebUser | null {
  if (process.geteuid?.() !== 0) return null;
  const before = ownerOf(state);
  if (before !== undefined && isOurs(before) && canBeHad(before) && !namedIds().has(before))
    return { uid: before, gid: before };
  const taken = new Set([...namedIds(), ...runningIds()]);
  for (let count = 0; count <= LAST - FIRST; count += 1) {
    const id = FIRST + ((START - FIRST + count) % (LAST - FIRST + 1));
    if (taken.has(id)) continue;
    if (canBeHad(id)) return { uid: id, gid: id };
  }
  return null;
}

/** Of the numbers that web processes are given. */
export function isOurs(uid: number): boolean {
  return uid >= FIRST && uid <= LAST;
}

function ownerOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.uid;
}

function canBeHad(id: number): boolean {
  if (existsSync(`/run/systemd/dynamic-uid/${String(id)}`)) return false;
  return isMapped('/proc/self/uid_map', id) && isMapped('/proc/self/gid_map', id);
}

/** Of users and groups. */
function namedIds(): ReadonlySet<number> {
  const lines = ['/etc/passwd', '/etc/group'].flatMap((file) => readOr(file).split('\n'));
  return new Set(lines.map((line) => Number(line.split(':')[2])));
}

/** Of processes: what runs under that number could look into ours. */
function runningIds(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) =>
      [...readOr(join('/proc', pid, 'status')).matchAll(/^[UG]id:\s*(.*)$/gm)].flatMap((match) =>
        (match[1] ?? '').split(/\s+/).map(Number),
      ),
    );
}

function isMapped(map: string, id: number): boolean {
  return readOr(map)
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .some(([inside, , count]) => inside !== undefined && count !== undefined && id >= inside && id < inside + count);
}

/** A process may end while it is looked at. */
function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
