/** The row of rules that others write: what ufw, firewalld, shorewall, ferm, Docker and libvirt load; see `test/reach/foreign`. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadSaved, readSaved } from '../support/rules/saved.ts';
import { openRulings, untranslated } from './support/rulings.ts';
import type { Rules } from './support/rulings.ts';
import type { TortureRow } from './row.ts';

const FOLDER = path.join(import.meta.dirname, '../reach/foreign');

/** Whose rules, and which of their interfaces are the way in and the way out. */
const SCENES = (
  [
    ['docker', 'eth0', 'docker0'],
    ['libvirt', 'virbr0', 'eth0'],
    ['ufw', 'eth0', 'eth1'],
    ['ferm', 'eth0', 'eth1'],
    ['shorewall', 'eth0', 'eth1'],
    ['firewalld', 'eth0', 'eth1'],
    ['firewalld-iptables', 'eth0', 'eth1'],
  ] as const
).flatMap(([name, one, other]) => [
  { name, into: one, outOf: other },
  { name, into: other, outOf: one },
]);

const OTHERS: Rules = {
  load(router, from) {
    const { name, into, outOf } = from.pick(SCENES);
    const text = (file: string): string => {
      const place = path.join(FOLDER, name, file);
      if (!existsSync(place)) return '';
      return readFileSync(place, 'utf8').replaceAll(into, 'a0').replaceAll(outOf, 'b0');
    };
    const none = { nft: '', legacy: '' };
    loadSaved(router, { 4: { ...none, nft: text('iptables.txt') }, 6: { ...none, nft: text('ip6tables.txt') } });
    const tables = text('nftables.txt');
    if (tables !== '') router.run(['nft', '-f', '-'], tables);
    return readSaved(router);
  },
  read: readSaved,
};

export const foreign: TortureRow = {
  invariant: 'R3',
  promise: 'what is said of rules that others write is what the kernel does',
  unit: 'rulesets of ufw, firewalld, shorewall, ferm, Docker or libvirt, with 120 flows and their answers',
  target: 200,
  inCi: 10,
  open: () => openRulings(OTHERS),
  mutants: [{ name: 'translations that are forgotten', within: 40, open: () => openRulings(OTHERS, untranslated) }],
};
