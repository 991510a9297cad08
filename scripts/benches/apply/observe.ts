/**
 * Reading a host, and planning when there is nothing to change. The bare reads are what a person would type for the same picture,
 * one after the other, of the host's own stack and of the gateway's.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KINDS } from '../../../server/kinds/index.ts';
import { observeProgram } from '../../../server/observe/host.ts';
import { show, spread } from '../pairs.ts';
import { timesOnFresh, TRUNKLINE } from './rig.ts';
import type { Rig } from './rig.ts';

const BARE = `for at in '' '-n bench-gw'; do
  ip $at -j -d addr; ip $at -j -4 route show table all; ip $at -j -6 route show table all; ip $at -j -4 rule; ip $at -j -6 rule
  bridge $at -j vlan; bridge $at -j fdb
  \${at:+ip netns exec bench-gw} nft -j list ruleset
done`;

const SCRIPT = `
"$1" apply "$2" --yes >/dev/null 2>&1 || exit 1
sleep 2
export LC_ALL=C
count=0
shift_all() { command=$1 file=$2 folder=$3 pairs=$4; }
shift_all "$@"
shift 4
while [ $count -lt "$pairs" ]; do
  clock "$@" <"$folder/observe.sh"
  clock sh "$folder/bare.sh"
  clock "$command" plan "$file"
  count=$((count + 1))
done
`;

export async function observeRows({ file, folder, pairs, ports }: Rig): Promise<readonly string[]> {
  const sysctls = [...new Set(KINDS.flatMap((kind) => kind.sysctls ?? []))].sort();
  const { argv, stdin } = observeProgram({ topology: 'bench', namespaces: ['bench-gw'], sysctls, watched: true });
  await writeFile(join(folder, 'observe.sh'), stdin ?? '');
  await writeFile(join(folder, 'bare.sh'), BARE);
  const times = await timesOnFresh(SCRIPT, folder, [TRUNKLINE, file, folder, String(pairs), ...argv]);
  const every = (start: number): readonly number[] => times.filter((_, index) => index % 3 === start);
  const [observed, bare, planned] = [every(0), every(1), every(2)];
  return [
    `observe / bare reads of ${String(ports)} ports      ${show(spread(observed.map((each, index) => each / (bare[index] ?? NaN))))}`,
    `  observe                             ${show(spread(observed), 0)} ms`,
    `  bare reads                          ${show(spread(bare), 0)} ms`,
    `plan with nothing to change           ${show(spread(planned), 0)} ms`,
  ];
}
