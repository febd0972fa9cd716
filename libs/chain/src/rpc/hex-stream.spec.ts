import { describe, expect, it } from '@jest/globals';
import { HexStream } from './hex-stream.js';

const read = (text: string, cut: number, bytesMax = 64): [string, string] => {
  const stream = new HexStream(bytesMax);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += cut) stream.push(bytes.subarray(at, at + cut));
  return [stream.rest.toString(), Buffer.from(stream.result).toString('hex')];
};
const answer = (result: string): string => `{"jsonrpc":"2.0","id":7,"result":${result}}`;

describe('HexStream', () => {
  it.each([1, 2, 3, 7, 34, 1_000])('reads the result wherever the answer is cut (%i bytes)', (cut) => {
    for (const prefix of ['0x', '']) {
      expect(read(answer(`"${prefix}aabbcc"`), cut)).toEqual([answer(`"${prefix}"`), 'aabbcc']);
    }
    expect(read(`{ "result" : "0xaabb" , "id":7 }`, cut)).toEqual([`{ "result" : "0x" , "id":7 }`, 'aabb']);
  });

  it.each([1, 5, 1_000])('leaves what has no such result as it is (%i bytes)', (cut) => {
    const error = '{"id":7,"error":{"code":-32000,"message":"no \\"result\\":\\"0xaa\\""}}';
    for (const text of [error, answer('null'), answer('{}'), '<html>', '']) {
      expect(read(text, cut)).toEqual([text, '']);
    }
  });

  it('takes a block of exactly the limit, and nothing above it', () => {
    expect(read(answer(`"0x${'ab'.repeat(64)}"`), 10)[1]).toBe('ab'.repeat(64));
    expect(() => read(answer(`"0x${'ab'.repeat(65)}"`), 10)).toThrow(
      expect.objectContaining({ code: 'NODE_ANSWER_TOO_LARGE' }),
    );
  });

  it('keeps little of what is around the digits', () => {
    const long = `{"result":"0x00","x":"${'a'.repeat(300 * 1024)}"}`;
    expect(() => read(long, 4_096)).toThrow(expect.objectContaining({ code: 'NODE_ANSWER_TOO_LARGE' }));
  });

  it.each(['"0xzz"', '"0xabc"', '"0xab cd"'])('refuses %s', (result) => {
    expect(() => read(answer(result), 4)).toThrow(expect.objectContaining({ code: 'NODE_ANSWER_INVALID' }));
  });
});
