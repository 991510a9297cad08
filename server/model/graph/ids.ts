/** Ids of graph nodes, as `server/flow/graph.ts` promises them. */
export const NODE_ID = {
  host: (name: string) => `host:${name}`,
  bridge: (host: string, device: string) => `bridge:${host}/${device}`,
  port: (host: string, device: string) => `port:${host}/${device}`,
  network: (name: string) => `network:${name}`,
  guest: (name: string) => `guest:${name}`,
  gateway: (name: string) => `gateway:${name}`,
  fabric: (name: string) => `fabric:${name}`,
  internet: 'internet',
} as const;
