/** An error stops whatever wanted the file; a warning is said and goes on. */
export type Severity = 'error' | 'warning';
