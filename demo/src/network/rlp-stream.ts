import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 1 << 20;
const SHORT_LIST = 0xc0;
const LONG_LIST = 0xf7;
/** A larger block does not exist here: such a length is garbage. */
const ITEM_BYTES_MAX = 64 * 1024 * 1024;

/** Length of the RLP list that starts at `offset`, its prefix included; 0 when more bytes are needed, undefined when it is not a list. */
const listLength = (bytes: Uint8Array, offset: number): number | undefined => {
  const prefix = bytes[offset];
  if (prefix === undefined) return 0;
  if (prefix < SHORT_LIST) return undefined;
  if (prefix <= LONG_LIST) return 1 + prefix - SHORT_LIST;
  const lengthBytes = prefix - LONG_LIST;
  if (offset + 1 + lengthBytes > bytes.length) return 0;
  let length = 0;
  for (let at = 1; at <= lengthBytes; at += 1) length = length * 256 + (bytes[offset + at] ?? 0);
  return length > ITEM_BYTES_MAX ? undefined : 1 + lengthBytes + length;
};

/** The whole RLP lists from the start of a file, in constant memory; ends before the first one that is cut off or no list. */
export async function* readItems(file: FileHandle): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array = new Uint8Array();
  let position = 0;
  for (;;) {
    let offset = 0;
    for (;;) {
      const length = listLength(pending, offset);
      if (length === undefined) return;
      if (length === 0 || offset + length > pending.length) break;
      yield pending.subarray(offset, offset + length);
      offset += length;
    }
    const chunk = new Uint8Array(CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    pending = Buffer.concat([pending.subarray(offset), chunk.subarray(0, bytesRead)]);
  }
}
