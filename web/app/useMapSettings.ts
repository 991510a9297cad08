import { useCallback, useMemo } from 'react';
import type { MapSettings } from '../map/settings.ts';
import { keptOf, readSettings } from '../map/settings.ts';
import type { Stage } from '../modes/mode.ts';

interface MapSettingsState {
  readonly settings: MapSettings;
  readonly change: (settings: Partial<MapSettings>) => void;
}

/** How the map is looked at, as the address has it. Each part keeps its identity while its text is the same: nothing is drawn anew. */
export function useMapSettings({ kept, keep }: Stage): MapSettingsState {
  const read = readSettings(kept);
  const at = useMemo(() => read.at, [kept['map.at']]);
  const focus = useMemo(() => read.focus, [kept['map.focus']]);
  const hidden = useMemo(() => read.hidden, [kept['map.hidden']]);
  const pins = useMemo(() => read.pins, [kept['map.pins']]);
  const change = useCallback(
    (settings: Partial<MapSettings>) => {
      keep(keptOf(settings));
    },
    [keep],
  );
  return { settings: { layer: read.layer, find: read.find, at, focus, hidden, pins }, change };
}
