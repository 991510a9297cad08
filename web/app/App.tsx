import { call, RequestFailed } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { LiveProvider } from '../runs/LiveProvider.tsx';
import { RunBanner } from '../runs/RunBanner.tsx';
import { EmptyFolder, FailedRequest, SessionOver, Waiting } from '../views/Notices.tsx';
import { TopologySwitcher } from '../views/TopologySwitcher.tsx';
import { TopologyPage } from './TopologyPage.tsx';
import { mapOnly } from './address.ts';
import { useAddress } from './useAddress.ts';

/** The page: which topology is looked at, and the topology itself. */
export function App() {
  const answered = useAnswer('topologies', (signal) => call('GET /api/topologies', {}, signal));
  const place = useAddress();

  if (answered.state === 'waiting') return <Waiting />;
  if (answered.state === 'failed') {
    const { error } = answered;
    return error instanceof RequestFailed && error.status === 401 ? <SessionOver /> : <FailedRequest error={error} />;
  }
  const { topologies } = answered.value;
  const shown = topologies.find((each) => each.name === place.address.topology) ?? topologies[0];
  if (!shown) return <EmptyFolder />;
  const show = (topology: string): void => {
    place.go(({ mode }) => ({ topology, mode, chosen: null, toggled: [], kept: {} }));
  };
  return (
    <LiveProvider>
      <RunBanner
        onOpen={({ run, name }) => {
          place.go(({ toggled, kept }) => ({
            ...{ topology: name ?? shown.name, mode: 'history', chosen: null },
            toggled: name === shown.name ? toggled : [],
            kept: { ...(name === shown.name ? mapOnly(kept) : {}), run },
          }));
        }}
      />
      <TopologyPage
        key={shown.name}
        entry={shown}
        place={place}
        switcher={
          topologies.length > 1 ? <TopologySwitcher topologies={topologies} shown={shown.name} onSwitch={show} /> : null
        }
      />
    </LiveProvider>
  );
}
