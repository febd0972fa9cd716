import { FIELD, hasField, readHeader } from './header.js';
import { RlpReader } from './rlp/reader.js';
import { prefixSize, writePrefix } from './rlp/writer.js';

/** A header's RLP, and a list of what follows it in a block: the form in which geth keeps the two apart. */
export type BlockParts = Readonly<{ header: Uint8Array; body: Uint8Array }>;

const PREFIX_BYTES_MAX = 9;

/**
 * Joins these parts to blocks, in one buffer, without reading inside the bodies. `undefined` when a header states an
 * access list: geth keeps it elsewhere, and only geth knows whether it belongs into the block.
 * Throws RLP_INVALID or BLOCK_INVALID when a part is malformed.
 */
export const joinBlocks = (parts: readonly BlockParts[]): Uint8Array[] | undefined => {
  let size = 0;
  for (const { header, body } of parts) size += PREFIX_BYTES_MAX + header.length + body.length;
  const slab = new Uint8Array(size);
  const blocks: Uint8Array[] = [];
  let at = 0;
  for (const { header, body } of parts) {
    const headerReader = new RlpReader(header);
    if (hasField(readHeader(headerReader), FIELD.blockAccessListHash)) return undefined;
    headerReader.expectDone();
    const rest = new RlpReader(body);
    rest.nextList();
    rest.expectDone();
    const length = header.length + rest.end - rest.start;
    const start = at;
    at = writePrefix(slab, at, length, true);
    slab.set(header, at);
    slab.set(rest.payload(), at + header.length);
    at += length;
    blocks.push(slab.subarray(start, start + prefixSize(length) + length));
  }
  return blocks;
};
