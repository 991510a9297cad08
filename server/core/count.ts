/** Told how far something has come that takes a while: `nodes started`, 40 of 215. Often; whoever shows it slows it down. */
export type Count = (what: string, done: number, total: number) => void;
