import type { DeclareVerb } from './context.ts';

/** Every verb: its name, the line that help shows, and its file, loaded when it is asked for. */
export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  /** Not for people: left out of the help. */
  readonly hidden?: boolean;
  readonly load: () => Promise<DeclareVerb>;
}

export const VERBS: readonly VerbEntry[] = [
  {
    name: 'check',
    summary: 'read a topology and say everything that is wrong with it',
    load: async () => (await import('./check.ts')).declareCheck,
  },
  {
    name: 'plan',
    summary: 'observe the hosts and show what would change',
    load: async () => (await import('./plan.ts')).declarePlan,
  },
  {
    name: 'apply',
    summary: 'make the hosts as the topology says, or as a saved plan says',
    load: async () => (await import('./apply.ts')).declareApply,
  },
  {
    name: 'confirm',
    summary: 'keep a run that waits for it',
    load: async () => (await import('./confirm.ts')).declareConfirm,
  },
  {
    name: 'rollback',
    summary: 'undo a run that waits for confirmation, or broke off',
    load: async () => (await import('./rollback.ts')).declareRollback,
  },
  {
    name: 'history',
    summary: 'list the runs that were made from here, and who made them',
    load: async () => (await import('./history.ts')).declareHistory,
  },
  {
    name: 'status',
    summary: 'show what on the hosts differs from the topology',
    load: async () => (await import('./status.ts')).declareStatus,
  },
  {
    name: 'destroy',
    summary: 'remove what the topology made, and nothing else',
    load: async () => (await import('./destroy.ts')).declareDestroy,
  },
  {
    name: 'audit',
    summary: 'list the port mappings of hosts, and what is wrong with their rules',
    load: async () => (await import('./audit.ts')).declareAudit,
  },
  {
    name: 'import',
    summary: 'write a topology that describes a host as it is',
    load: async () => (await import('./import.ts')).declareImport,
  },
  {
    name: 'snapshot',
    summary: 'record the raw state of a host in a folder, changing nothing',
    load: async () => (await import('./snapshot.ts')).declareSnapshot,
  },
  {
    name: 'reach',
    summary: 'show whether and how a packet gets from one end to another',
    load: async () => (await import('./reach.ts')).declareReach,
  },
  {
    name: 'graph',
    summary: 'draw hosts, networks, guests and gateways',
    load: async () => (await import('./graph.ts')).declareGraph,
  },
  {
    name: 'fmt',
    summary: 'bring topology files into normal form, and write chosen addresses into them',
    load: async () => (await import('./fmt.ts')).declareFmt,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of topology files, for editors',
    load: async () => (await import('./schema.ts')).declareSchema,
  },
  {
    name: 'trust',
    summary: 'accept the ssh key of a host, or of all hosts of a topology',
    load: async () => (await import('./trust.ts')).declareTrust,
  },
  {
    name: 'lab',
    summary: 'bring the topology up on this machine and test it with real packets',
    load: async () => (await import('./lab.ts')).declareLab,
  },
  {
    name: 'serve',
    summary: 'show the topologies of a folder on a web page',
    load: async () => (await import('./serve.ts')).declareServe,
  },
  {
    name: 'user',
    summary: 'say who may sign in at the server, and what they may',
    load: async () => (await import('./user.ts')).declareUser,
  },
  {
    name: 'web-process',
    summary: 'what serve starts beside itself',
    load: async () => (await import('./web-process.ts')).declareWebProcess,
    hidden: true,
  },
];
