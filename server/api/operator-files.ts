import { Failure } from '../core/failure.ts';
import type { Operator } from '../operator/operator.ts';
import { whoRuns } from '../run/plans.ts';
import type { TopologyFiles } from './files.ts';
import { openFiles } from './files.ts';

/** Texts as the operator reads and writes them; what is only looked at comes from the copies. */
export function operatorFiles(operator: Operator, copies: string): TopologyFiles {
  const { list, readPart } = openFiles(copies);
  return {
    list,
    readPart,
    async read(name) {
      const found = await operator.readFile(name);
      return found === null ? undefined : { ...found, writable: true };
    },
    async save(name, { text, base }) {
      try {
        const { hash } = await operator.saveFile({ name: whoRuns() }, name, text, base);
        return { saved: true, hash };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const present = await operator.readFile(name);
        if (present === null) return undefined;
        if (error.kind === 'file-changed') return { saved: false, present };
        throw error;
      }
    },
    create: () =>
      Promise.reject(new Failure('unsupported', 'New files are made in the folder itself, not from the web.')),
  };
}
