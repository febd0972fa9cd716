import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { BUILT } from '../../../test/support/programs/run-ts.js';
import { checkBlock } from './block.js';
import { readBlock, transactionsOf } from './block-body.js';
import { FIELD } from './header.js';
import { encodeRlp, wrapList } from './rlp/writer.js';
import { headerOf } from './testing.js';
import { trieRoot } from './trie.js';

/** A legacy transaction of ten bytes and more: nine small fields. */
const transaction = (index: number): Uint8Array =>
  encodeRlp([Uint8Array.of(1 + (index % 100)), ...Array.from({ length: 8 }, () => new Uint8Array())]);
const blockOf = (items: readonly Uint8Array[], root: Uint8Array): Uint8Array =>
  wrapList(
    encodeRlp(headerOf({ [FIELD.transactionsRoot]: root })),
    wrapList(Buffer.concat(items)),
    Uint8Array.of(0xc0),
  );

describe('a block of a great many items', () => {
  const many = Array.from({ length: 120_000 }, (_, index) => transaction(index));

  it('has the root that the same items have one by one, with keys of one to three bytes', () => {
    const root = trieRoot(many);
    const block = blockOf(many, root);
    const items = transactionsOf(readBlock(block));
    expect(Array.isArray(items)).toBe(false);
    expect([items.length, items.at(0), items.at(119_999)]).toEqual([120_000, many[0], many[119_999]]);
    expect(checkBlock(block).transactions).toBe(120_000);
    const wrong = blockOf([...many.slice(0, -1), transaction(7)], root);
    expect(() => checkBlock(wrong)).toThrow(expect.objectContaining({ code: 'TRANSACTIONS_ROOT_MISMATCH' }));
  });

  it('is refused at the first item that is smaller than any transaction', () => {
    const empty = new Uint8Array(1_100_000).fill(0xc0);
    const block = blockOf([empty], new Uint8Array(32));
    expect(() => checkBlock(block)).toThrow(
      expect.objectContaining({
        code: 'BLOCK_INVALID',
        message: 'A transaction is smaller than any can be.',
      }),
    );
  });

  it('is refused when its extraData is beyond all bounds', () => {
    const bytes = encodeRlp([headerOf({ [FIELD.extraData]: new Uint8Array(2 ** 20 + 1) }), [], []]);
    expect(() => checkBlock(bytes)).toThrow(
      expect.objectContaining({ message: 'The extraData of a header is beyond all bounds.' }),
    );
  });

  it('needs a heap of 64 MiB for a block of 20 MB, whatever is in it', () => {
    const program = join(BUILT, 'test/support/programs/check-large-block-main.js');
    const said = execFileSync(process.execPath, ['--max-old-space-size=64', program], { encoding: 'utf8' });
    expect(said.trim().split('\n')).toEqual(['BLOCK_INVALID', 'TRANSACTIONS_ROOT_MISMATCH']);
  });
});
