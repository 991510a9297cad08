/** Whether two types are the same, as a type: what a schema says and what the product has must not drift apart. */
export type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
