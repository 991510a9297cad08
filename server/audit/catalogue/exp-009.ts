import type { FindingRule } from './rule.ts';
import { judged } from './chains.ts';

const [FIRST, LAST] = [0x7f_00_00_00n, 0x7f_ff_ff_ffn];
const SETTING = /^net\/ipv4\/conf\/(.+)\/route_localnet$/;

/** What listens on 127.0.0.1 believes that only the host itself can talk to it. */
export const EXP_009: FindingRule = {
  id: 'EXP-009',
  name: 'Loopback published',
  severity: 'high',
  definition:
    'An interface takes packets to 127.0.0.0/8 from its wire (route_localnet), so that neighbours reach what listens on loopback; the worse where a port is forwarded there.',
  fix: 'Set net.ipv4.conf.*.route_localnet to 0, and let the service listen on an address of its own.',
  *find({ scene, ledger }) {
    for (const on of judged({ scene })) {
      const forwards = ledger.filter(
        ({ on: { stack }, mapping: { to } }) =>
          stack === on.stack &&
          to.type === 'address' &&
          to.family === 4 &&
          to.addresses.first >= FIRST &&
          to.addresses.last <= LAST,
      );
      const open = [...on.stack.settings].flatMap(([path, value]) => {
        const device = SETTING.exec(path)?.[1];
        return device === undefined || value !== '1' || device === 'lo' || device === 'default' ? [] : [device];
      });
      // Without the setting the kernel drops what is translated so.
      if (open.length === 0) continue;
      yield {
        severity: forwards.length === 0 ? 'medium' : 'high',
        summary: `${on.stack.node} takes packets to 127.0.0.0/8 from ${open.includes('all') ? 'every interface' : open.join(', ')}`,
        detail: forwards
          .map(({ row }) => `Port ${row.ports}/${row.protocol} is forwarded to ${row.target.address}.`)
          .join('\n'),
        at: [
          { stack: on.stack.node, object: 'route_localnet', text: open.join(', '), place: null },
          ...forwards.flatMap(({ row }) => row.through.slice(-1)),
        ],
        witness: null,
        about: `${on.stack.node} route_localnet ${open.join(',')}`,
      };
    }
  },
};
