/** A place in a file the user wrote. Lines and columns count from 1, as editors do. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How what stands there came into the topology, where it was not simply read; shared by all that came the same way. */
  readonly via?: Origin | undefined;
}

/** One round of a `for`, or one `use` of a part. */
export interface Origin {
  readonly type: 'for' | 'use';
  /** The item of `for` or `use`. */
  readonly place: Place;
  /** Variables of the round, or what the part was given. */
  readonly values: readonly OriginValue[];
  /** What that item itself came by. */
  readonly outer: Origin | undefined;
  /** In the order in which they were made: rounds of one `for` ascend. */
  readonly order: number;
}

export interface OriginValue {
  readonly name: string;
  readonly value: string | number | boolean;
}

/** By file, line and column; what a template made, in the order in which it made it. */
export function comparePlaces(left: Place, right: Place): number {
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.line - right.line || left.column - right.column || (left.via?.order ?? 0) - (right.via?.order ?? 0);
}
