import { lazy, Suspense, useCallback, useState } from 'react';
import type { Line } from '../client/events.ts';
import type { LayerId } from '../map/layers.ts';
import { LAYERS } from '../map/layers.ts';
import type { Theme } from '../ui/useTheme.ts';
import type { Exported } from './ExportMenu.tsx';

const ViewsMenu = lazy(async () => ({ default: (await import('./ViewsMenu.tsx')).ViewsMenu }));
const ExportMenu = lazy(async () => ({ default: (await import('./ExportMenu.tsx')).ExportMenu }));

interface MapBarProps {
  readonly topology: string;
  readonly layer: LayerId;
  readonly theme: Theme;
  /** Of live states; `null`: they are not asked for. */
  readonly line: Line | null;
  readonly exported: Exported;
  readonly onLayer: (layer: LayerId) => void;
  readonly onZoom: (factor: number) => void;
  readonly onTheme: () => void;
  readonly onLive: () => void;
  readonly onHelp: () => void;
  readonly onView: (address: string) => void;
}

const THEME_WORDS = { system: 'as the system has it', light: 'light', dark: 'dark' } as const;
const THEME_SIGNS = { system: '◐', light: '☀', dark: '☾' } as const;

/** Over the map: its layers, saved views, what it can be saved as, and how it is seen. */
export function MapBar(props: MapBarProps) {
  const { topology, layer, theme, line, exported, onLayer, onZoom, onTheme, onLive, onHelp, onView } = props;
  const [menu, setMenu] = useState<'views' | 'export' | null>(null);
  const close = useCallback(() => {
    setMenu(null);
  }, []);
  const menuButton = (id: 'views' | 'export', label: string) => (
    <button
      type="button"
      className="plain"
      aria-expanded={menu === id}
      onClick={() => {
        setMenu((before) => (before === id ? null : id));
      }}
    >
      {label} <span aria-hidden="true">▾</span>
    </button>
  );
  return (
    <div className="map-bar" role="toolbar" aria-label="Map">
      <div className="segments" role="group" aria-label="Layer">
        {LAYERS.map(({ id, label, says }, index) => (
          <button
            key={id}
            type="button"
            aria-pressed={id === layer}
            title={`${says} (${String(index)})`}
            onClick={() => {
              onLayer(id);
            }}
          >
            {label}
          </button>
        ))}
      </div>
      <button
        type="button"
        className="plain live"
        aria-pressed={line !== null}
        title="Show how things are on the hosts: reads them again and again"
        onClick={onLive}
      >
        Live{line === 'lost' ? ': no answer' : ''}
      </button>
      <div className="dropdown">
        {menuButton('views', 'Views')}
        <Suspense>
          {menu === 'views' ? <ViewsMenu topology={topology} onView={onView} onClose={close} /> : null}
        </Suspense>
      </div>
      <div className="dropdown">
        {menuButton('export', 'Export')}
        <Suspense>
          {menu === 'export' ? <ExportMenu topology={topology} exported={exported} onClose={close} /> : null}
        </Suspense>
      </div>
      <div className="segments" role="group" aria-label="Zoom">
        <button
          type="button"
          aria-label="Zoom out"
          title="Zoom out (-)"
          onClick={() => {
            onZoom(0.8);
          }}
        >
          −
        </button>
        <button
          type="button"
          aria-label="Zoom in"
          title="Zoom in (+)"
          onClick={() => {
            onZoom(1.25);
          }}
        >
          +
        </button>
      </div>
      <button
        type="button"
        className="plain"
        aria-label={`Colours: ${THEME_WORDS[theme]}`}
        title={`Colours: ${THEME_WORDS[theme]}. Click for the next`}
        onClick={onTheme}
      >
        <span aria-hidden="true">{THEME_SIGNS[theme]}</span>
      </button>
      <button type="button" className="plain" aria-label="Keys and words" title="Keys and words (?)" onClick={onHelp}>
        ?
      </button>
    </div>
  );
}
