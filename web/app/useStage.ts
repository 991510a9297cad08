import { useCallback, useRef, useState } from 'react';
import type { TopologyGraph } from '../../server/api/schema/topologies.ts';
import type { Overlay } from '../map/overlay.ts';
import type { Drawing, Mode, Stage } from '../modes/mode.ts';
import { MODES } from '../modes/modes.ts';
import { mapOnly } from './address.ts';
import type { AddressState } from './useAddress.ts';

export interface StageState {
  readonly stage: Stage;
  /** `null`: what is chosen is shown instead. */
  readonly mode: Mode | null;
  readonly overlay: Overlay | null;
  /** In place of the topology's own graph. */
  readonly drawing: Drawing | null;
  /** A click on the map or the list. */
  readonly point: (id: string | null) => void;
}

/** Which mode is open, and what it does with the page. */
export function useStage(
  name: string,
  value: TopologyGraph | null,
  dark: boolean,
  { address, go, adjust }: AddressState,
): StageState {
  const graph = value?.graph ?? null;
  const mode = MODES.find(({ id, withoutGraph }) => id === address.mode && (withoutGraph || graph !== null)) ?? null;
  const [overlay, setOverlay] = useState<Overlay | null>(null);
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  const pointing = useRef<((id: string | null) => void) | null>(null);

  const choose = useCallback(
    (chosen: string | null) => {
      adjust((before) => ({ ...before, chosen }));
    },
    [adjust],
  );
  const onPoint = useCallback<Stage['onPoint']>((take) => {
    pointing.current = take;
  }, []);
  const keep = useCallback<Stage['keep']>(
    (values) => {
      adjust((before) => ({ ...before, kept: changed(before.kept, values) }));
    },
    [adjust],
  );
  const leaving = useRef<(() => Promise<boolean>) | null>(null);
  const onLeave = useCallback<Stage['onLeave']>((ask) => {
    leaving.current = ask;
  }, []);
  const leave = useCallback((go: () => void) => {
    if (leaving.current === null) {
      go();
      return;
    }
    void leaving.current().then((yes) => {
      if (yes) go();
    });
  }, []);
  const enter = useCallback<Stage['enter']>(
    (next, kept = {}) => {
      const there = (): void => {
        go((before) => ({ ...before, mode: next, kept: { ...mapOnly(before.kept), ...kept } }));
      };
      if (next === address.mode) there();
      else leave(there);
    },
    [go, leave, address.mode],
  );
  const close = useCallback(() => {
    leave(() => {
      go((before) => ({ ...before, mode: null, kept: mapOnly(before.kept) }));
    });
  }, [go, leave]);
  const point = useCallback(
    (id: string | null) => {
      (pointing.current ?? choose)(id);
    },
    [choose],
  );
  return {
    stage: {
      ...{ name, graph, dark, choose, onPoint, keep, enter, close, onLeave },
      diagnostics: value?.diagnostics ?? [],
      chosen: address.chosen,
      show: setOverlay,
      draw: setDrawing,
      kept: address.kept,
    },
    ...{ mode, point, overlay: mode === null ? null : overlay, drawing: mode === null ? null : drawing },
  };
}

function changed(
  kept: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string>> {
  const all = Object.entries({ ...kept, ...values });
  return Object.fromEntries(all.filter((pair): pair is [string, string] => pair[1] !== null));
}
