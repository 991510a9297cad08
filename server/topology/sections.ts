/** The sections of a topology: what `for` repeats, what `use` takes in, and what entries and rules stand in. */

/** Maps of named things. */
export const NAMED_SECTIONS: readonly string[] = ['networks', 'hosts', 'guests', 'gateways'];
/** Lists of rules. */
export const RULE_SECTIONS: readonly string[] = ['policy', 'expect'];
/** What may stand in an item of `for`; every other key there is a variable. */
export const CONTENT_KEYS: readonly string[] = [...NAMED_SECTIONS, ...RULE_SECTIONS, 'use', 'for'];
/** Keys of a file that are carried out before anything else is looked at. */
export const TEMPLATE_KEYS: readonly string[] = ['parameters', 'for', 'use'];
/** Keys of a file that say something of the file itself. */
export const FILE_KEYS: readonly string[] = ['topology', 'description'];
