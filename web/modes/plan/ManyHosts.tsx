import { plainText } from '../../../server/core/plain-text.ts';

/** How a run goes over several hosts; `parallel` as it is typed, `canary` '' for none. */
export interface Order {
  readonly parallel: string;
  readonly canary: string;
  readonly keepGoing: boolean;
}

export const USUAL_ORDER: Order = { parallel: '6', canary: '', keepGoing: false };
const MOST_PARALLEL = 256;

export function isOrder({ parallel }: Order): boolean {
  return /^\d{1,3}$/.test(parallel) && Number(parallel) >= 1 && Number(parallel) <= MOST_PARALLEL;
}

/** As the API takes it: what is as usual is left out. */
export function orderAsked({ parallel, canary, keepGoing }: Order) {
  return {
    ...(parallel === USUAL_ORDER.parallel ? {} : { parallel: Number(parallel) }),
    ...(canary === '' ? {} : { canary }),
    ...(keepGoing ? { keepGoing } : {}),
  };
}

interface ManyHostsProps {
  /** Those that change. */
  readonly hosts: readonly string[];
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
}

/** `--canary`, `--parallel` and `--keep-going` of the command line. */
export function ManyHosts({ hosts, order, onOrder }: ManyHostsProps) {
  const { parallel, canary, keepGoing } = order;
  return (
    <fieldset className="many">
      <legend>{hosts.length} hosts change</legend>
      <label>
        <span>First, alone</span>
        <select
          value={canary}
          onChange={(event) => {
            onOrder({ ...order, canary: event.target.value });
          }}
        >
          <option value="">no host</option>
          {hosts.map((host) => (
            <option key={host} value={host}>
              {plainText(host)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>At a time, at most</span>
        <input
          type="number"
          min="1"
          max={MOST_PARALLEL}
          step="1"
          value={parallel}
          onChange={(event) => {
            onOrder({ ...order, parallel: event.target.value });
          }}
        />
      </label>
      <label className="tick">
        <input
          type="checkbox"
          checked={keepGoing}
          onChange={(event) => {
            onOrder({ ...order, keepGoing: event.target.checked });
          }}
        />
        Where a host fails, go on with those that do not depend on it
      </label>
      <p className="quiet">
        {keepGoing
          ? 'What was done on the others is kept; a host that fails, and those that depend on it, go back.'
          : 'Where a host fails, all of them go back to what they were.'}{' '}
        Hosts whose changes depend on each other are always changed together.
      </p>
    </fieldset>
  );
}
