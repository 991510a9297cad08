/** The fabric that a port is in which names none. */
export const DEFAULT_FABRIC = 'default';
