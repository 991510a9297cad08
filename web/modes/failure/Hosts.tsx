import { useState } from 'react';
import { Text } from '../../ui/Text.tsx';

interface HostsProps {
  readonly hosts: readonly string[];
  readonly down: readonly string[];
  readonly onToggle: (host: string) => void;
  readonly onClear: () => void;
}

/** More are found by their names. */
const FEW = 24;

export function Hosts({ hosts, down, onToggle, onClear }: HostsProps) {
  const [search, setSearch] = useState('');
  const meant = hosts.filter((host) => host.toLowerCase().includes(search.trim().toLowerCase()));
  const shown = [...down, ...meant.filter((host) => !down.includes(host)).slice(0, FEW)];
  const left = meant.filter((host) => !down.includes(host)).length - FEW;
  return (
    <div className="side-tools" role="group" aria-label="Hosts that are down">
      {hosts.length > FEW ? (
        <input
          type="search"
          className="search side-search"
          placeholder="Find a host"
          aria-label="Find a host"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
          }}
        />
      ) : null}
      {shown.map((host) => (
        <button
          type="button"
          key={host}
          className="host-down"
          aria-pressed={down.includes(host)}
          onClick={() => {
            onToggle(host);
          }}
        >
          <span aria-hidden="true">{down.includes(host) ? '✕' : '●'}</span> <Text>{host}</Text>
        </button>
      ))}
      {left > 0 ? <span className="hint">and {left} more</span> : null}
      {down.length === 0 ? (
        <span className="hint">Click a host here or on the map.</span>
      ) : (
        <button type="button" className="link" onClick={onClear}>
          all up again
        </button>
      )}
    </div>
  );
}
