import { useState } from 'react';
import { call, RequestFailed } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { EmptyFolder, FailedRequest, SessionOver, Waiting } from '../views/Notices.tsx';
import { TopologySwitcher } from '../views/TopologySwitcher.tsx';
import { TopologyPage } from './TopologyPage.tsx';

/** The page: which topology is looked at, and the topology itself. */
export function App() {
  const answered = useAnswer('topologies', (signal) => call('GET /api/topologies', {}, signal));
  const [wanted, setWanted] = useState<string | null>(null);

  if (answered.state === 'waiting') return <Waiting />;
  if (answered.state === 'failed') {
    const { error } = answered;
    return error instanceof RequestFailed && error.status === 401 ? <SessionOver /> : <FailedRequest error={error} />;
  }
  const { topologies } = answered.value;
  const shown = topologies.find((each) => each.name === wanted) ?? topologies[0];
  if (!shown) return <EmptyFolder />;
  return (
    <TopologyPage
      key={shown.name}
      entry={shown}
      switcher={
        topologies.length > 1 ? (
          <TopologySwitcher topologies={topologies} shown={shown.name} onSwitch={setWanted} />
        ) : null
      }
    />
  );
}
