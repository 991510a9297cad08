import { codeFor } from './answer.ts';
import type { Answer, DeclareVerb } from './context.ts';
import { compileArgument, takesTopology } from './topology-argument.ts';

export const declareCheck: DeclareVerb = (command, answer) => {
  takesTopology(command).action(answer((_context, file?: string) => check(file)));
};

async function check(file: string | undefined): Promise<Answer> {
  const { model, diagnostics } = await compileArgument(file);
  if (model === null)
    return {
      document: { topology: null, counts: null, expectations: null, notes: [NOT_JUDGED] },
      text: '',
      diagnostics,
      exitCode: codeFor(diagnostics),
    };
  const counts = {
    networks: model.networks.size,
    hosts: model.hosts.size,
    guests: model.guests.size,
    gateways: model.gateways.size,
    policy: model.policy.length,
    expectations: model.expectations.length,
  };
  const parts = Object.entries(counts).map(
    ([name, count]) => `${String(count)} ${count === 1 ? name.replace(/s$/, '') : name}`,
  );
  return {
    document: { topology: model.topology, counts, expectations: null, notes: [NOT_JUDGED] },
    text: `${model.topology}: ${parts.join(', ')}. Nothing wrong.`,
    diagnostics,
    exitCode: 0,
  };
}

const NOT_JUDGED =
  'expectations: not judged on the model by this version; `trunkline lab test` sends real packets for each';
