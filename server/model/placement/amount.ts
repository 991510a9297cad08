/** What hosts have and what guests take: processors and bytes of memory, added up, compared and put into words. */

export interface Amount {
  readonly cpus: number;
  readonly memory: number;
}

export const NOTHING: Amount = { cpus: 0, memory: 0 };
/** Of a host that does not say what it has, nobody knows that it has no room. */
export const UNKNOWN: Amount = { cpus: Infinity, memory: Infinity };

export function plus(left: Amount, right: Amount): Amount {
  return { cpus: left.cpus + right.cpus, memory: left.memory + right.memory };
}

export function minus(left: Amount, right: Amount): Amount {
  return { cpus: left.cpus - right.cpus, memory: left.memory - right.memory };
}

export function fits(needed: Amount, free: Amount): boolean {
  return needed.cpus <= free.cpus && needed.memory <= free.memory;
}

export function sum(list: Iterable<Amount>): Amount {
  let all = NOTHING;
  for (const each of list) all = plus(all, each);
  return all;
}

/** `2 cpus and 4G of memory`; empty where it is nothing. */
export function amountText({ cpus, memory }: Amount): string {
  return [...(cpus > 0 ? [cpusText(cpus)] : []), ...(memory > 0 ? [`${memoryText(memory)} of memory`] : [])].join(
    ' and ',
  );
}

/** `2 cpus and 4G of memory`: by how much `needed` is more than there is; empty where it fits. */
export function missingText(needed: Amount, free: Amount): string {
  const { cpus, memory } = minus(needed, free);
  return amountText({ cpus: Math.max(0, cpus), memory: Math.max(0, memory) });
}

function cpusText(cpus: number): string {
  return `${String(cpus)} ${cpus === 1 ? 'cpu' : 'cpus'}`;
}

/** As it is written: `16G`, `512M`. */
export function memoryText(bytes: number): string {
  const [unit, letter] = bytes % 2 ** 30 === 0 ? [2 ** 30, 'G'] : [2 ** 20, 'M'];
  return `${String(Math.round((bytes / unit) * 10) / 10)}${letter}`;
}
