/**
 * C0 but for tab and line feed, DEL and C1, and what turns the direction of text: they move the cursor, hide text or
 * make a terminal act.
 */

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text that is safe on a terminal: control characters are written as JSON writes them (`\u001b`), so that JSON stays
 * the value it was.
 */
export const printable = (text: string): string =>
  text.replace(CONTROL, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
