import { call } from '../client/client.ts';
import { useAnswer } from '../client/useAnswer.ts';
import { RequestNotice } from '../ui/FailureNotice.tsx';
import { Text } from '../ui/Text.tsx';
import { SureButton, Table, Time } from './parts.tsx';
import { useTask } from './useTask.ts';

/** Where somebody is signed in, and ending that. */
export function SessionTable() {
  const task = useTask();
  const answered = useAnswer(`sessions ${String(task.done)}`, (signal) => call('GET /api/sessions', {}, signal));
  if (answered.state === 'failed') return <RequestNotice error={answered.error} what="see this" />;
  if (answered.state === 'waiting') return <p className="quiet">Loading …</p>;
  return (
    <>
      <Table
        label="Sessions"
        heads={['From', 'Browser', 'Since', 'Used', '']}
        none="There are none."
        rows={answered.value.sessions.map(({ id, own, address, agent, created, seen }) => ({
          key: id,
          cells: [
            <Text key="from">{address}</Text>,
            <span key="agent" className="agent">
              <Text>{agent === '' ? '(does not say)' : agent}</Text>
            </span>,
            <Time key="since" at={created} />,
            <Time key="used" at={seen} />,
            own ? (
              'this one'
            ) : (
              <SureButton
                label="End"
                about={`the session from ${address}`}
                disabled={task.busy}
                onSure={() => {
                  task.run(() => call('DELETE /api/sessions/:session', { params: { session: id } }));
                }}
              />
            ),
          ],
        }))}
      />
      {task.error === null ? null : <RequestNotice error={task.error} what="end it" />}
    </>
  );
}
