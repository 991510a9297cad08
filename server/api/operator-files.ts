import type { Operator } from '../operator/operator.ts';
import type { TopologyFiles } from './files.ts';
import { openFiles } from './files.ts';

/** Texts as the operator reads and writes them, in its folder; what is only looked at comes from the copies. */
export function operatorFiles(operator: Operator, copies: string): TopologyFiles {
  const files = openFiles(copies);
  return {
    async list() {
      await operator.refresh();
      return files.list();
    },
    parts: async (name) => (await operator.parts(name)) ?? undefined,
    read: async (name) => (await operator.readFile(name)) ?? undefined,
    save: async (name, change, who) => (await operator.saveFile(who, name, change)) ?? undefined,
    create: (name, text, who) => operator.createFile(who, name, text),
    accepted: async (name) => (await operator.accepted(name)) ?? undefined,
    accept: async (name, change, who) => (await operator.accept(who, name, change)) ?? undefined,
  };
}
