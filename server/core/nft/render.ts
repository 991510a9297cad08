/**
 * Values to the text that `nft -f -` reads. One statement a line and no block on one line: nft 1.0.6 wants a newline before
 * a closing brace. Every value is checked against its field once more on the way, whoever made it.
 */
import type {
  Chain,
  DataType,
  Hook,
  Interval,
  NamedSet,
  Operand,
  Rule,
  Selector,
  SetElement,
  Statement,
  Table,
  TableFamily,
  Translation,
  Verdict,
} from './ast.ts';
import { ID, LogPrefix, ObjectName } from './ast.ts';
import { DOMAINS, fieldText, selectorFields, selectorTypes } from './datatypes.ts';

/** In the family `inet`; for a bridge `filter` is another number, and numbers say what is meant. */
const PRIORITY_NAMES: Readonly<Record<number, string>> = {
  [-300]: 'raw',
  [-150]: 'mangle',
  [-100]: 'dstnat',
  0: 'filter',
  50: 'security',
  100: 'srcnat',
};

/** The whole table as one block, as `nft list table` would show it. */
export function renderTable(name: string, table: Table, family: TableFamily = 'inet'): string {
  const sets = Object.entries(table.sets).map(([set, value]) => indent(renderSet(set, value)));
  const chains = Object.entries(table.chains).map(([chain, value]) => indent(renderChain(chain, value, family)));
  return `table ${family} ${checkName(name)} {\n${[...sets, ...chains].join('\n\n')}\n}\n`;
}

export function renderChain(name: string, chain: Chain, family: TableFamily = 'inet'): string {
  const lines = [...(chain.base === null ? [] : [renderHook(chain.base, family)]), ...chain.rules.map(renderRule)];
  return `chain ${checkName(name)} {\n${lines.map((line) => `\t${line}\n`).join('')}}`;
}

export function renderHook(base: Hook, family: TableFamily = 'inet'): string {
  // `dstnat` is a word of other hooks than `output`.
  const named = family === 'inet' && base.hook !== 'output';
  const priority = (named ? PRIORITY_NAMES[base.priority] : undefined) ?? String(base.priority);
  return `type ${base.type} hook ${base.hook} priority ${priority}; policy ${base.policy};`;
}

export function renderSet(name: string, set: NamedSet): string {
  const head = renderSetHead(set).map((line) => `\t${line}\n`);
  const elements = set.elements.map((element) => `\t\t${renderElement(set, element)},\n`);
  const body = elements.length === 0 ? head : [...head, '\telements = {\n', ...elements, '\t}\n'];
  return `${setWord(set)} ${checkName(name)} {\n${body.join('')}}`;
}

/** Everything but the elements. */
export function renderSetHead(set: NamedSet): readonly string[] {
  return [
    `type ${set.key.map(typeName).join(' . ')}${renderData(set.data)}`,
    ...(set.interval ? ['flags interval'] : []),
    ...(set.counter ? ['counter'] : []),
  ];
}

/** How nft calls it: a set, or a map. */
export function setWord(set: NamedSet): 'set' | 'map' {
  return set.data === null ? 'set' : 'map';
}

export function renderElement(set: NamedSet, element: SetElement): string {
  const id = element.id === null ? '' : ` comment "${checkId(element.id)}"`;
  return `${renderKey(set.key, element.key)}${id}${renderElementValue(set, element)}`;
}

export function renderKey(types: readonly DataType[], key: readonly Interval[]): string {
  if (key.length !== types.length)
    throw new TypeError(`a key of ${String(types.length)} parts has ${String(key.length)}`);
  return types.map((type, index) => renderInterval(type, key[index] ?? '')).join(' . ');
}

export function renderRule(rule: Rule): string {
  const statements = rule.expr.map(renderStatement);
  return [...statements, ...(rule.id === null ? [] : [`comment "${checkId(rule.id)}"`])].join(' ');
}

export function renderStatement(statement: Statement): string {
  if ('match' in statement) {
    const { op, left, right } = statement.match;
    return `${renderSelector(left)} ${op === '!=' ? '!= ' : ''}${renderOperand(typesOf(left), right)}`;
  }
  if ('counter' in statement) return 'counter';
  if ('limit' in statement) {
    const { rate, per, burst } = statement.limit;
    return `limit rate ${String(rate)}/${per} burst ${String(burst)} packets`;
  }
  if ('log' in statement) return `log prefix "${LogPrefix.parse(statement.log.prefix)}"`;
  if ('reject' in statement)
    return `reject with ${statement.reject.type}${'expr' in statement.reject ? ` ${statement.reject.expr}` : ''}`;
  if ('mangle' in statement) return renderAssignment(statement.mangle);
  if ('vmap' in statement) return `${renderSelector(statement.vmap.key)} vmap ${checkReference(statement.vmap.data)}`;
  if ('dnat' in statement) return `dnat ${renderTranslation(statement.dnat)}`;
  if ('snat' in statement) return `snat ${renderTranslation(statement.snat)}`;
  return renderVerdict(statement);
}

function renderAssignment({ key, value }: Extract<Statement, { mangle: unknown }>['mangle']): string {
  const [type] = typesOf(key);
  const left = `${renderSelector(key)} set`;
  if (typeof value === 'number') return `${left} ${renderInterval(type ?? 'mark', value)}`;
  if ('numgen' in value) {
    const { mode, mod, offset } = value.numgen;
    return `${left} numgen ${mode} mod ${String(mod)} offset ${String(offset)}`;
  }
  const { mod, seed, offset, expr } = value.jhash;
  return `${left} jhash ${renderSelector(expr)} mod ${String(mod)} seed ${String(seed)} offset ${String(offset)}`;
}

export function renderVerdict(verdict: Verdict): string {
  if ('jump' in verdict) return `jump ${checkName(verdict.jump.target)}`;
  if ('goto' in verdict) return `goto ${checkName(verdict.goto.target)}`;
  return 'accept' in verdict ? 'accept' : 'drop' in verdict ? 'drop' : 'return';
}

export function checkName(name: string): string {
  return ObjectName.parse(name);
}

function checkId(id: string): string {
  if (!ID.test(id)) throw new TypeError(`cannot be a comment: ${JSON.stringify(id)}`);
  return id;
}

function renderTranslation(translation: Translation): string {
  const { family, addr } = translation;
  if (typeof addr === 'object')
    return `${family} to ${renderSelector(addr.map.key)} map ${checkReference(addr.map.data)}`;
  const address = renderInterval(family === 'ip' ? 'ipv4_addr' : 'ipv6_addr', addr);
  if (!('port' in translation)) return `${family} to ${address}`;
  return `${family} to ${family === 'ip' ? address : `[${address}]`}:${renderInterval('inet_service', translation.port)}`;
}

function renderSelector(selector: Selector): string {
  return selectorFields(selector).map(fieldText).join(' . ');
}

function renderOperand(types: readonly DataType[], operand: Operand): string {
  if (typeof operand === 'string' && operand.startsWith('@')) return checkReference(operand);
  if (typeof operand === 'object' && 'set' in operand) {
    return `{ ${operand.set.map((each) => renderKey(types, keyOf(each))).join(', ')} }`;
  }
  return renderKey(types, keyOf(operand));
}

function keyOf(value: Interval | { concat: Interval[] }): readonly Interval[] {
  return typeof value === 'object' && 'concat' in value ? value.concat : [value];
}

function renderInterval(type: DataType, value: Interval): string {
  if (typeof value === 'object') {
    if ('range' in value) return value.range.map((end) => renderInterval(type, end)).join('-');
    return `${renderInterval(type, value.prefix.addr)}/${String(value.prefix.len)}`;
  }
  const domain = DOMAINS[type];
  const canonical = domain.ordered ? domain.canonical(value) : domain.read(value);
  if (canonical === undefined) throw new TypeError(`not a value of ${type}: ${JSON.stringify(value)}`);
  return domain.ordered ? String(canonical) : domain.text(String(canonical));
}

function renderElementValue(set: NamedSet, { value }: SetElement): string {
  if (value === null) return '';
  if (!Array.isArray(value)) return ` : ${renderVerdict(value)}`;
  return ` : ${renderKey(Array.isArray(set.data) ? set.data : [], value)}`;
}

function renderData(data: NamedSet['data']): string {
  if (data === null) return '';
  return ` : ${data === 'verdict' ? 'verdict' : data.map(typeName).join(' . ')}`;
}

/** Plain numbers to nft, without a type that a set could be declared with. */
function typeName(type: DataType): string {
  if (type === 'hoplimit' || type === 'vlan_id' || type === 'ct_zone') throw new TypeError(`no set of ${type}`);
  return type;
}

function typesOf(selector: Selector): readonly DataType[] {
  const types = selectorTypes(selector);
  if (types === undefined) throw new TypeError(`not a field that we use: ${JSON.stringify(selector)}`);
  return types;
}

function checkReference(reference: string): string {
  return `@${checkName(reference.slice(1))}`;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '\t');
}
