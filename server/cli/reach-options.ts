import type { CommonOptions } from './topology-argument.ts';

export interface ReachOptions extends CommonOptions {
  readonly live?: boolean;
  readonly without?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly snapshot?: readonly string[];
  readonly against?: readonly string[];
}

export interface Ends {
  readonly file: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Who can reach an end, or what it can reach, instead of one flow. */
  readonly many: boolean;
}
