import { describe, expect, it } from '@jest/globals';
import { printable } from './printable.js';

describe('printable', () => {
  it('shows what would make a terminal act, and leaves lines, tabs and other letters alone', () => {
    expect(printable('Geth/v1\u001b]0;PWNED\u0007\u001b[2J\u009b31m\r\u202eabc')).toBe(
      'Geth/v1\\u001b]0;PWNED\\u0007\\u001b[2J\\u009b31m\\u000d\\u202eabc',
    );
    expect(printable('a\tb\nZürich 東京 😀')).toBe('a\tb\nZürich 東京 😀');
  });

  it('leaves JSON the same value', () => {
    const value = { text: '\u009b\u001b\u007f\u2028' };
    const shown = printable(JSON.stringify(value));
    expect(JSON.parse(shown)).toEqual(value);
    expect(printable(shown)).toBe(shown);
  });
});
