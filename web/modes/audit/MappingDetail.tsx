import type { LedgerRow } from '../../../server/api/schema/audit.ts';
import { Text } from '../../ui/Text.tsx';
import type { Stage } from '../mode.ts';
import { LEDGER } from './columns.ts';
import { Loci } from './Loci.tsx';

interface MappingDetailProps {
  readonly mapping: LedgerRow;
  readonly stage: Stage;
  readonly onClose: () => void;
}

export function MappingDetail({ mapping, stage, onClose }: MappingDetailProps) {
  const { address, ports, protocol, through } = mapping;
  const port = Number(ports);
  const canAsk = /^[\da-f.:]+$/i.test(address) && Number.isInteger(port) && ['tcp', 'udp'].includes(protocol);
  return (
    <article className="audit-detail" aria-label="Port mapping">
      <button type="button" className="close" aria-label="Close the mapping" onClick={onClose}>
        ×
      </button>
      <h2>
        <Text>{`${address} ${ports}/${protocol}`}</Text>
      </h2>
      <dl>
        {LEDGER.filter(({ id }) => !['address', 'ports', 'line'].includes(id)).map(({ id, title, text }) => (
          <div key={id}>
            <dt>{title}</dt>
            <dd>
              <Text>{text(mapping) || 'not counted'}</Text>
            </dd>
          </div>
        ))}
      </dl>
      <Loci at={through} stage={stage} />
      {canAsk ? (
        <button
          type="button"
          className="plain"
          onClick={() => {
            stage.enter('packet', { from: 'internet', to: address, port: `${ports}/${protocol}` });
          }}
        >
          Follow a packet to it
        </button>
      ) : null}
    </article>
  );
}
