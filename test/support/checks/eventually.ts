const POLL_MS = 200;

const later = async (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Polls until `probe` gives something else than `undefined` or `false`; a probe that fails counts as not yet. */
export const eventually = async <T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T | undefined | false>,
): Promise<T> => {
  const deadline = Date.now() + timeoutMs;
  for (let last: unknown; ;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`Not within ${timeoutMs} ms: ${what}`, { cause: last });
    }
    await later(POLL_MS);
  }
};
