/** The virtual machine that a lab stands in, as `lab list` shows it. */
import type { Lab } from '../lab/index.ts';

export interface ShownMachine {
  /** `silent`: it stands, and does not answer. */
  readonly state: 'standing' | 'silent' | 'died';
  /** Of the process that keeps it; 0 where it has died. Those of the nodes are pids inside. */
  readonly pid: number;
  readonly kernel: string | null;
  readonly accelerator: string | null;
  readonly memoryMiB: number;
  /** Why it died. */
  readonly reason: string | null;
}

export function shownMachine({ machine, silent }: Lab): ShownMachine | null {
  if (machine === null) return null;
  const { state, pid, kernel, accelerator, memoryMiB, reason } = machine;
  return { state: silent ? 'silent' : state, pid, kernel, accelerator, memoryMiB, reason };
}

/** A line below the lab's own. */
export function machineLine({ state, pid, kernel, accelerator, reason }: ShownMachine, topology: string): string {
  const remove = `trunkline lab down --topology ${topology} removes it`;
  if (state === 'died') {
    const why = reason === null ? '' : ` (${reason})`;
    return `  its virtual machine has died${why}: lab up brings it up again, ${remove}`;
  }
  if (state === 'silent') return `  its virtual machine, pid ${String(pid)}, does not answer: ${remove}`;
  const how = accelerator === 'kvm' ? 'KVM' : 'software emulation';
  return `  in a virtual machine, pid ${String(pid)}: kernel ${kernel ?? 'unknown'}, ${how}`;
}
