import type { GraphDocument } from '../../server/flow/graph.ts';
import type { MapSettings } from '../map/settings.ts';
import { MOST_HOPS } from '../map/settings.ts';
import { Text } from '../ui/Text.tsx';

interface MapNotesProps {
  readonly graph: GraphDocument;
  readonly settings: MapSettings;
  /** What was just done, for a moment. */
  readonly said: string | null;
  readonly onChange: (settings: Partial<MapSettings>) => void;
}

/** What makes the map other than the whole of it, each with a way back. */
export function MapNotes({ graph, settings: { focus, hidden, pins }, said, onChange }: MapNotesProps) {
  const near = focus === null ? undefined : graph.nodes.find(({ id }) => id === focus.id);
  const pinned = Object.keys(pins).length;
  const step = (hops: number) => (): void => {
    if (focus !== null) onChange({ focus: { ...focus, hops }, at: null });
  };
  return (
    <div className="map-notes">
      {focus === null || near === undefined ? null : (
        <span className="note">
          Around <Text>{near.label}</Text>, {focus.hops} {focus.hops === 1 ? 'step' : 'steps'}
          <button type="button" aria-label="One step less" disabled={focus.hops <= 0} onClick={step(focus.hops - 1)}>
            −
          </button>
          <button
            type="button"
            aria-label="One step more"
            disabled={focus.hops >= MOST_HOPS}
            onClick={step(focus.hops + 1)}
          >
            +
          </button>
          <button
            type="button"
            onClick={() => {
              onChange({ focus: null, at: null });
            }}
          >
            Show all
          </button>
        </span>
      )}
      {hidden.length === 0 ? null : (
        <span className="note">
          {hidden.length} hidden
          <button
            type="button"
            onClick={() => {
              onChange({ hidden: [] });
            }}
          >
            Show
          </button>
        </span>
      )}
      {pinned === 0 ? null : (
        <span className="note">
          {pinned} pinned
          <button
            type="button"
            onClick={() => {
              onChange({ pins: {} });
            }}
          >
            Reset layout
          </button>
        </span>
      )}
      <span role="status" className={said === null ? 'note away' : 'note'}>
        {said ?? ''}
      </span>
    </div>
  );
}
