/** Whoever is signed in at the web process: what the history and the hosts are told of him. */
export interface Who {
  /** `ann`, `token:ci`; shown, never looked up. */
  readonly name: string;
}
