const TEXT_OID = 25;
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
/** Of one UTF-16 code unit in UTF-8, at most. */
const UNIT_BYTES_MAX = 3;

/**
 * A list, not empty, as PostgreSQL's binary form of `text[]`: one dimension from 1, then length and bytes of each.
 * The form in letters would escape every quote of every JSON document, and the server take that back.
 */
export const toTextArray = (values: readonly (string | null)[]): Buffer => {
  const bytesMax = values.reduce(
    (sum, value) => sum + LENGTH_BYTES + UNIT_BYTES_MAX * (value?.length ?? 0),
    HEADER_BYTES,
  );
  const buffer = Buffer.allocUnsafe(bytesMax);
  let at = 0;
  for (const word of [1, values.includes(null) ? 1 : 0, TEXT_OID, values.length, 1])
    at = buffer.writeInt32BE(word, at);
  for (const value of values) {
    const bytes = value === null ? 0 : buffer.write(value, at + LENGTH_BYTES);
    buffer.writeInt32BE(value === null ? NULL_LENGTH : bytes, at);
    at += LENGTH_BYTES + bytes;
  }
  return buffer.subarray(0, at);
};
