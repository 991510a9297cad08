import type { ComponentType } from 'react';
import type { Diagnostic } from '../../server/api/schema/common.ts';
import type { GraphDocument } from '../../server/flow/graph.ts';
import type { Overlay } from '../map/overlay.ts';

/** A graph in place of the topology's own, and what it is. */
export interface Drawing {
  readonly graph: GraphDocument;
  /** `As it was planned on 21 Nov 2026` */
  readonly says: string;
}

/** What a mode has of the page: the topology, what is chosen, and the map to draw on. */
export interface Stage {
  /** As the API calls the topology. */
  readonly name: string;
  /** `null` where the file is wrong. */
  readonly graph: GraphDocument | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly dark: boolean;
  /** Id of the node or edge that is chosen. */
  readonly chosen: string | null;
  readonly choose: (id: string | null) => void;
  /** Draws over the map. A mode takes away with `null` what it drew when it goes. */
  readonly show: (overlay: Overlay | null) => void;
  /** Another graph on the map, until `null`. A mode takes it away when it goes. */
  readonly draw: (drawing: Drawing | null) => void;
  /** Clicks on the map and the list go there instead of choosing, until `null`. */
  readonly onPoint: (take: ((id: string | null) => void) | null) => void;
  /** What the mode keeps in the address of the page. Names that begin with `map.` stay when the mode is left. */
  readonly kept: Readonly<Record<string, string>>;
  readonly keep: (values: Readonly<Record<string, string | null>>) => void;
  /** Goes on in another mode, with what it should begin with. */
  readonly enter: (mode: string, kept?: Readonly<Record<string, string>>) => void;
  readonly close: () => void;
  /** Asked before the mode is left by a button or key; it stays where the answer is no. Until `null`. */
  readonly onLeave: (ask: (() => Promise<boolean>) | null) => void;
}

/** One way of working with the topology beside its map. Its panel is loaded when it is opened. */
export interface Mode {
  /** In the address of the page. */
  readonly id: string;
  readonly label: string;
  /** What it is for, as the hint of its button. */
  readonly hint: string;
  /** Key that opens it. */
  readonly key: string;
  /** A wide panel (`className="side"`) takes half of the window beside the map, others (`panel`) lie over the map. */
  readonly wide: boolean;
  /** Works where the file is wrong, too. */
  readonly withoutGraph: boolean;
  /** What is chosen is bright on the map while the mode is open, too. */
  readonly showsChosen?: boolean;
  /** It lists what is wrong or doubtful itself. */
  readonly showsDiagnostics?: boolean;
  readonly Panel: ComponentType<{ readonly stage: Stage }>;
}
