/** What hosts have and hold, as it is shown. Pure. */
import type { Placement } from '../../../server/api/schema/placement.ts';
import { compareNaturally } from '../../../server/draw/layout/order.ts';

type Room = Placement['hosts'][number];

export interface Level {
  readonly used: number;
  readonly of: number;
  /** `14G of 16G` */
  readonly text: string;
  readonly state: 'good' | 'tight' | 'over';
}

/** `null` where the host does not say what it has. */
export function cpuLevel({ cpus, used }: Room): Level | null {
  return cpus === null ? null : level(used.cpus, cpus, String);
}

export function memoryLevel({ memory, used }: Room): Level | null {
  return memory === null ? null : level(used.memory, memory, memoryText);
}

/** From here on little fits in. */
const TIGHT = 0.85;

function level(used: number, of: number, text: (amount: number) => string): Level {
  const state = used > of ? 'over' : used > TIGHT * of ? 'tight' : 'good';
  return { used, of, text: `${text(used)} of ${text(of)}`, state };
}

/** As a file has it: `16G`, `512M`. */
export function memoryText(bytes: number): string {
  const [unit, letter] = bytes % 2 ** 30 === 0 ? [2 ** 30, 'G'] : [2 ** 20, 'M'];
  return `${String(Math.round((bytes / unit) * 10) / 10)}${letter}`;
}

/** What is most used first: there the next guest has the least room. */
export function fullestFirst(rooms: readonly Room[]): readonly Room[] {
  const share = (room: Room): number =>
    Math.max(...[cpuLevel(room), memoryLevel(room)].map((each) => (each === null ? 0 : each.used / each.of)));
  return rooms.toSorted((a, b) => share(b) - share(a) || compareNaturally(a.host, b.host));
}
