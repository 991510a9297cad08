/** Who the web process runs as, where this one is root: a user with no rights, no files and no other processes. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface WebUser {
  readonly uid: number;
  readonly gid: number;
}

/** As systemd hands them out to services (`DynamicUser=`): nobody else does. */
const FIRST = 61_184;
const LAST = 65_519;
/** Where one would begin to look: whoever starts us again mostly gets the same. */
const START = 61_840;

/** `null`: nobody else can be had here (not root, or a user namespace with few users). */
export function chooseWebUser(): WebUser | null {
  if (process.geteuid?.() !== 0) return null;
  const taken = takenIds();
  for (let count = 0; count <= LAST - FIRST; count += 1) {
    const id = FIRST + ((START - FIRST + count) % (LAST - FIRST + 1));
    if (taken.has(id) || existsSync(`/run/systemd/dynamic-uid/${String(id)}`)) continue;
    return isMapped('/proc/self/uid_map', id) && isMapped('/proc/self/gid_map', id) ? { uid: id, gid: id } : null;
  }
  return null;
}

/** Of users, groups and processes: what runs under that number could look into our process. */
function takenIds(): ReadonlySet<number> {
  const named = ['/etc/passwd', '/etc/group'].flatMap((file) =>
    readOr(file)
      .split('\n')
      .map((line) => Number(line.split(':')[2])),
  );
  const running = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) =>
      [...readOr(join('/proc', pid, 'status')).matchAll(/^[UG]id:\s*(.*)$/gm)].flatMap((match) =>
        (match[1] ?? '').split(/\s+/).map(Number),
      ),
    );
  return new Set([...named, ...running]);
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
