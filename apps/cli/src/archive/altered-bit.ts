/** The byte, and all bytes with it put right. */
export type Altered = Readonly<{ at: number; right: Uint8Array }>;

/**
 * Which byte was altered, if it was one bit of it: every bit of `from..to` (end excluded) is turned over until the
 * bytes are right again. `undefined` when more than one bit was altered, or what was altered lies elsewhere.
 */
export const alteredByte = (
  bytes: Uint8Array,
  range: Readonly<{ from: number; to: number }>,
  isRight: (bytes: Uint8Array) => boolean,
): Altered | undefined => {
  const trial = Uint8Array.from(bytes);
  // Nearly every try throws an error that is ignored; capturing a stack would cost more than the try itself.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return search(trial, range, isRight);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
};

const search = (
  trial: Uint8Array,
  range: Readonly<{ from: number; to: number }>,
  isRight: (bytes: Uint8Array) => boolean,
): Altered | undefined => {
  for (let at = range.from; at < range.to; at += 1) {
    const byte = trial[at] ?? 0;
    for (let bit = 1; bit < 256; bit <<= 1) {
      trial[at] = byte ^ bit;
      if (isRight(trial)) return { at, right: trial };
    }
    trial[at] = byte;
  }
  return undefined;
};
