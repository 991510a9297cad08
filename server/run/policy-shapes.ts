/** Who can reach whom, as values: what the matrix of networks is made of. */
import type { Place } from '../core/place.ts';
import type { Row } from '../reach/questions/row.ts';
import type { PolicyEnd } from './policy-ends.ts';

/** A rule or what else decides, and the line of the file that it comes from. */
export interface By {
  readonly text: string;
  readonly place: Pick<Place, 'file' | 'line'> | null;
}

/** One row of an answer, as a cell gathers it. */
export interface PolicyRow {
  readonly from: string;
  readonly to: string;
  readonly state: Row['state'];
  readonly why: string | null;
  readonly services: readonly string[];
  readonly sentTo: readonly string[];
  readonly by: readonly By[];
  /** `null`: of a sort that cannot be asked by itself. */
  readonly example: { readonly from: string; readonly to: string; readonly service: string } | null;
  readonly on: readonly string[];
}

export interface Names {
  readonly names: readonly string[];
  readonly more: number;
}

export interface PolicyFlow extends Omit<PolicyRow, 'from' | 'to' | 'sentTo'> {
  readonly from: Names;
  readonly to: Names;
  readonly sentTo: Names | null;
}

export interface PolicyCell {
  readonly from: string;
  readonly to: string;
  readonly verdict: 'all' | 'some' | 'unknown';
  readonly services: readonly string[];
  readonly flows: readonly PolicyFlow[];
  readonly more: number;
}

export interface Policy {
  readonly from: readonly PolicyEnd[];
  readonly to: readonly PolicyEnd[];
  /** Only pairs that something is open between. */
  readonly cells: readonly PolicyCell[];
  readonly notes: readonly string[];
}
