/**
 * Text of others as it may be shown: control characters and bidirectional overrides would break lines, hide parts of a name
 * or turn it round, so each is shown as a replacement character. HTML needs nothing: text only ever goes into text nodes.
 */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, '\ufffd');
}
