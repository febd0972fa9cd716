/** Checks two blocks of 20 MB that a hostile node could send, and prints what each is refused with. */
import { checkBlock } from '#libs/archive';
import { isCodedError } from '#libs/kernel';
import { encodeRlp, wrapList } from '../../../libs/archive/src/rlp/writer.js';
import { headerOf } from '../../../libs/archive/src/testing.js';

const BYTES = 20_000_000;
const header = encodeRlp(headerOf({}));

const blockOf = (item: Buffer): Uint8Array => {
  const items = Buffer.alloc(Math.floor(BYTES / item.length) * item.length, item);
  return wrapList(header, wrapList(items), Uint8Array.of(0xc0));
};

/** Empty lists, and the smallest that can be transactions: two million of them. */
for (const item of [Buffer.from([0xc0]), Buffer.from('c9808080808080808080', 'hex')]) {
  try {
    checkBlock(blockOf(item));
  } catch (error) {
    process.stdout.write(`${isCodedError(error) ? error.code : String(error)}\n`);
  }
}
