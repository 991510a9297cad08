import { useState } from 'react';
import { call } from '../client/client.ts';
import { Menu } from './Menu.tsx';

/** The map in the forms that only the page has: they show it as it is seen. */
export interface Exported {
  readonly png: () => Promise<Blob>;
  readonly svg: () => Promise<string>;
}

interface ExportMenuProps {
  readonly topology: string;
  readonly exported: Exported;
  readonly onClose: () => void;
}

const FORMS = [
  { id: 'png', label: 'PNG', says: 'as it is drawn now' },
  { id: 'svg', label: 'SVG', says: 'sharp at any size' },
  { id: 'mmd', label: 'Mermaid', says: 'for Markdown' },
  { id: 'dot', label: 'DOT', says: 'for Graphviz' },
] as const;

type FormId = (typeof FORMS)[number]['id'];

/** The map as a file. */
export function ExportMenu({ topology, exported, onClose }: ExportMenuProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const chart = async (format: 'mermaid' | 'dot'): Promise<Blob> => {
    const asked = { params: { name: topology }, query: { format } };
    const { text } = await call('GET /api/topologies/:name/chart', asked);
    return new Blob([text ?? ''], { type: 'text/plain;charset=utf-8' });
  };
  const make: Readonly<Record<FormId, () => Promise<Blob>>> = {
    png: exported.png,
    svg: async () => new Blob([await exported.svg()], { type: 'image/svg+xml' }),
    mmd: () => chart('mermaid'),
    dot: () => chart('dot'),
  };
  const save = (id: FormId): void => {
    make[id]().then(
      (blob) => {
        download(`${nameOf(topology)}.${id}`, blob);
        onClose();
      },
      (error: unknown) => {
        setProblem(error instanceof Error ? error.message : String(error));
      },
    );
  };
  return (
    <Menu label="Export" onClose={onClose}>
      {FORMS.map(({ id, label, says }) => (
        <button
          key={id}
          type="button"
          onClick={() => {
            save(id);
          }}
        >
          {label} <span className="where">{says}</span>
        </button>
      ))}
      {problem === null ? null : <p role="alert">{problem}</p>}
    </Menu>
  );
}

/** `shop/office.yaml` → `office`. */
function nameOf(topology: string): string {
  return (topology.split('/').at(-1) ?? 'map').replace(/\.\w+$/, '').replace(/[^\w.-]/g, '_');
}

function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
