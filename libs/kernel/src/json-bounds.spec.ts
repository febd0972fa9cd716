import { describe, expect, it } from '@jest/globals';
import { beyondJsonBounds, JSON_DEPTH_MAX } from './json-bounds.js';

const look = (text: string, bounds = {}): string | undefined => beyondJsonBounds(Buffer.from(text), bounds);
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('beyondJsonBounds', () => {
  it('lets through what is nested as deep as is allowed, and no deeper', () => {
    expect(look(nested(JSON_DEPTH_MAX))).toBeUndefined();
    expect(look(nested(JSON_DEPTH_MAX + 1))).toBe('it is nested more than 64 deep');
    expect(look('{"a":'.repeat(3_000))).toBe('it is nested more than 64 deep');
    expect(look('[]'.repeat(1_000))).toBeUndefined();
  });

  it('counts values, and neither brackets nor commas inside strings', () => {
    expect(look('[{},{},{}]', { valuesMax: 6 })).toBeUndefined();
    expect(look('[{},{},{}]', { valuesMax: 5 })).toBe('it holds more than 5 values');
    const text = JSON.stringify([`${'[{,'.repeat(500)}"\\`, '\\\\', '"', '']);
    expect(look(text, { valuesMax: 4 })).toBeUndefined();
  });

  it('ends on what is no JSON, also in the middle of a string or an escape', () => {
    for (const text of ['', '"', '"\\', '[1,"abc', ']]]]', '\u0000']) expect(look(text)).toBeUndefined();
  });

  it('takes linear time for a string of nothing but escaped quotes', () => {
    const text = `["${'\\"'.repeat(200_000)}"]`;
    expect(look(text)).toBeUndefined();
    expect(look(`${text}${nested(65)}`)).toBe('it is nested more than 64 deep');
  });
});
