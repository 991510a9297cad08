/** One topology on one host, where a run has left it, and no file names it any more. */
export interface Forgotten {
  readonly topology: string;
  readonly host: string;
  /** How the host is reached: `local`, or a URL. */
  readonly access: string;
  readonly run: string;
}

export function forgottenLines(forgotten: readonly Forgotten[]): readonly string[] {
  return forgotten.map(
    ({ topology, host, access, run }) =>
      `? ${topology} stands on ${host} since run ${run}, and no file names it there any more: trunkline destroy --topology ${topology} --host ${access}`,
  );
}
