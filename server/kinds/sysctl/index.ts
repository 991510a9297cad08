import type { Kind } from '../kind.ts';
import { IN_RECORD, inNamespace, onLink } from '../link-ids.ts';
import { sysctlCommands, sysctlStages } from './commands.ts';
import { desireSysctls } from './desire.ts';
import { MANAGED_SYSCTLS } from './managed.ts';
import { formerSysctl, observeSysctls, sysctlInTheWay } from './observe.ts';
import { Sysctl } from './resource.ts';

/** Settings below /proc/sys. */
export const sysctl: Kind<Sysctl> = {
  name: 'sysctl',
  schema: Sysctl,
  sysctls: MANAGED_SYSCTLS,
  desire: desireSysctls,
  observe: observeSysctls,
  former: formerSysctl,
  atStart: (former) => ({ former, reads: { value: { setting: former.path } } }),
  obstacle: sysctlInTheWay,
  refers: ({ scope, link, borrowed }) => [
    ...inNamespace(scope),
    ...(link === null ? [] : [onLink(link)]),
    ...(borrowed ? [IN_RECORD] : []),
  ],
  stages: sysctlStages,
  commands: sysctlCommands,
  touches: (_before, after) => (after?.scope === '' ? [{ on: 'setting', path: after.path, value: after.value }] : []),
  standing: ({ scope, path, value }) => [{ on: 'setting', scope, path, value }],
  describe: ({ scope, path, value }) => `${path} = ${value}${scope === '' ? '' : ` in ${scope}`}`,
};
