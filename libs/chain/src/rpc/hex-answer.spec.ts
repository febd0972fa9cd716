import { describe, expect, it } from '@jest/globals';

import { parseHexAnswer, scanHexAnswer } from './hex-answer.js';

const ids = { first: 7, count: 2 };
const item = (id: number, result: string): string => `{"jsonrpc":"2.0","id":${id},"result":"${result}"}`;
const read = (text: string): unknown => {
  const answer = parseHexAnswer(Buffer.from(text), ids);
  return 'refused' in answer
    ? answer
    : answer.map((outcome) => ('value' in outcome ? Buffer.from(outcome.value).toString('hex') : outcome));
};

describe('parseHexAnswer', () => {
  it('decodes the usual form by scanning, in the order of the ids', () => {
    const text = `[${item(8, '0xbb')},${item(7, 'aacc')}]`;
    expect(scanHexAnswer(Buffer.from(text), ids)).toBeDefined();
    expect(read(text)).toEqual(['aacc', 'bb']);
  });

  it('leaves other forms to the strict reader with the same result', () => {
    const text = `[ {"id":8,"result":"0xBB","jsonrpc":"2.0"}, ${item(7, 'aacc')} ]`;
    expect(scanHexAnswer(Buffer.from(text), ids)).toBeUndefined();
    expect(read(text)).toEqual(['aacc', 'bb']);
  });

  it('keeps the errors of single items, and reads null and 0x as nothing', () => {
    const error = '{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"method handler crashed"}}';
    expect(read(`[${error},${item(8, '0x')}]`)).toEqual([
      { error: { code: -32603, message: 'method handler crashed' } },
      '',
    ]);
    expect(read(`[{"jsonrpc":"2.0","id":7,"result":null},${item(8, '0x')}]`)).toEqual(['', '']);
  });

  it('sees a batch refused as a whole', () => {
    const text = '[{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch too large"}}]';
    expect(read(text)).toEqual({ refused: { code: -32600, message: 'batch too large' } });
  });

  it.each([
    ['a truncated batch', `[${item(7, '0xaa')}]`],
    ['an id twice', `[${item(7, '0xaa')},${item(7, '0xbb')}]`],
    ['a foreign id', `[${item(7, '0xaa')},${item(9, '0xbb')}]`],
    ['an odd digit', `[${item(7, '0xaaa')},${item(8, '0xbb')}]`],
    ['no hex', `[${item(7, '0xzz')},${item(8, '0xbb')}]`],
    ['no JSON', '<html>busy</html>'],
    ['a cut answer', `[${item(7, '0xaa')},{"jsonrpc":"2.0","id":8,"res`],
    ['a number', `[{"jsonrpc":"2.0","id":7,"result":1},${item(8, '0xbb')}]`],
    ['bytes after the end of an item', `[${item(7, '0xaa')}x,${item(8, '0xbb')}]`],
    ['bytes after the end', `[${item(7, '0xaa')},${item(8, '0xbb')}] []`],
  ])('refuses %s', (_name, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'NODE_ANSWER_INVALID' }));
  });
});
