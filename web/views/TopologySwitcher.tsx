import type { TopologyEntry } from '../../server/api/schema/topologies.ts';
import { plainText } from '../../server/core/plain-text.ts';

interface TopologySwitcherProps {
  readonly topologies: readonly TopologyEntry[];
  readonly shown: string;
  readonly onSwitch: (name: string) => void;
}

/** The name of a topology, with its file where two have the same name. */
export function TopologySwitcher({ topologies, shown, onSwitch }: TopologySwitcherProps) {
  const title = (entry: TopologyEntry): string => {
    const same = topologies.filter((each) => each.topology === entry.topology).length > 1;
    const name = entry.topology === null ? entry.name : same ? `${entry.topology} (${entry.name})` : entry.topology;
    return plainText(entry.ok ? name : `${name}: ${String(entry.errors)} error${entry.errors === 1 ? '' : 's'}`);
  };
  return (
    <select
      className="switcher"
      aria-label="Topology"
      value={shown}
      onChange={(event) => {
        onSwitch(event.target.value);
      }}
    >
      {topologies.map((entry) => (
        <option key={entry.name} value={entry.name}>
          {title(entry)}
        </option>
      ))}
    </select>
  );
}
