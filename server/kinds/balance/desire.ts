import type { Gateway, GatewayMember, Host, Model } from '../../flow/model.ts';
import type { ResourceId, Scope } from '../../flow/resource.ts';
import { resourceId } from '../../flow/resource.ts';
import { CONTROL_NAME } from '../../flow/service.ts';
import { renderKey } from '../../core/nft/render.ts';
import { gatewayInStack, memberOn } from '../link-gateways.ts';
import { balanceMap, balanceMapName, keyTail, numbersOf, valueOf } from '../nft-balance.ts';
import { familyOf } from '../../core/address.ts';
import { CONTROL_SCRIPT } from './control.ts';
import type { HealthCheck } from './resource.ts';

export function healthCheckId(scope: Scope): ResourceId {
  return resourceId('balance', '', scope === '' ? 'host' : scope);
}

export function tableOf(topology: string, scope: Scope): { readonly name: string; readonly id: ResourceId } {
  const name = `${topology}-nat`;
  return { name, id: resourceId('nat', scope, name) };
}

export function desireHealthChecks(model: Model, host: Host): readonly HealthCheck[] {
  const own = gatewayInStack(model, host);
  const inNamespaces = host.namespaces.flatMap((namespace) => {
    const found = memberOn(model.gateways.get(namespace.gateway), host);
    return found === undefined ? [] : [{ ...found, scope: namespace.name }];
  });
  return [...inNamespaces, ...(own === undefined ? [] : [{ ...own, scope: '' }])].flatMap((each) =>
    checkIn(model.topology, each),
  );
}

interface Placed {
  readonly scope: Scope;
  readonly gateway: Gateway;
  readonly member: GatewayMember;
}

function checkIn(topology: string, { scope, gateway }: Placed): readonly HealthCheck[] {
  const table = tableOf(topology, scope);
  const text = checkText(table.name, gateway);
  if (text === undefined) return [];
  const files = { [CONTROL_NAME]: CONTROL_SCRIPT, 'bash.conf': text, topology: `${topology}\n` };
  return [{ kind: 'balance', id: healthCheckId(scope), scope, files, table: table.id, running: true }];
}

/** `undefined` where nobody is to be looked after. Of a range its first port is tried. */
function checkText(table: string, { balances }: Gateway): string | undefined {
  const checked = balances.filter(({ health }) => health === 'tcp');
  if (checked.length === 0) return undefined;
  const numbers = new Map<string, number>();
  const numberOf = (end: string): number => {
    const number = numbers.get(end) ?? numbers.size;
    numbers.set(end, number);
    return number;
  };
  const lines = checked.map((balance) => {
    const { key, data } = balanceMap(familyOf(balance.listen), [balance]);
    const types = Array.isArray(data) ? data : [];
    const targets = balance.targets.map((target) => {
      const number = numberOf(`${target.address} ${String(target.port ?? balance.ports.first)}`);
      return `${String(number)} ${renderKey(types, valueOf(balance, target))}`;
    });
    const head = `balance ${balanceMapName(balance)} ${String(numbersOf(balance))}`;
    return [head, renderKey(key.slice(1), keyTail(balance)), ...targets].join('|');
  });
  const targets = [...numbers].map(([end, number]) => `target ${String(number)} ${end}`);
  return [`table ${table}`, ...targets, ...lines].map((line) => `${line}\n`).join('');
}
