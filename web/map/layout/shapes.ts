/**
 * What the layout gives to whatever draws: shapes with a centre and a size, and lines between them. Roles are words of the
 * picture, kinds are words of the graph: one graph node may have several shapes (a network has a card and a bus a row).
 */
export type ShapeRole =
  | 'internet'
  | 'fabric' // the wire that uplinks meet in, a bar above the hosts
  | 'network' // name and numbers of a network, at the left end of its bus
  | 'bus' // the network itself, a line behind the hosts
  | 'host' // an open host: the box around everything in it
  | 'card' // a collapsed host, with counters
  | 'title' // the name of an open host
  | 'segment' // the part of a network that lies in a host
  | 'joint' // where something is plugged into a segment
  | 'plug' // where a cable is plugged into a fabric
  | 'port'
  | 'bridge'
  | 'gateway'
  | 'guest'
  | 'nic'; // an address of the host itself

export interface Shape {
  readonly id: string;
  readonly role: ShapeRole;
  /** Id of the graph node or edge it stands for: what is shown when it is clicked. */
  readonly subject: string;
  readonly label: string;
  /** Id of the host's box it lies in. */
  readonly parent?: string;
  /** Id of the network whose colour it has. */
  readonly network?: string;
  /** Centre and size. */
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/**
 * - `drop`     guest or host address — its segment
 * - `stem`     bridge, gateway or guest with several NICs — one joint of it
 * - `uplink`   port — bridge
 * - `wire`     port or collapsed host — plug of a fabric
 * - `beyond`   internet — external network; `bypass` where other cards lie between
 * - `underlay` network — the network that carries it
 * - `mapping`  gateway — guest whose ports it publishes
 * - `tie`      network — its part in a host that was moved away
 */
export type LineRole = 'drop' | 'stem' | 'uplink' | 'wire' | 'beyond' | 'bypass' | 'underlay' | 'mapping' | 'tie';

export interface Line {
  readonly id: string;
  readonly role: LineRole;
  readonly subject: string;
  readonly source: string;
  readonly target: string;
  readonly label?: string;
  readonly network?: string;
}

export interface MapLayout {
  readonly shapes: readonly Shape[];
  readonly lines: readonly Line[];
}

/** The suffix of a shape that repeats another one of the same subject further down. */
export function repeatId(id: string, repeat: number): string {
  return repeat === 0 ? id : `${id}#${String(repeat + 1)}`;
}
