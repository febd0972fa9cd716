import { setMaxListeners } from 'node:events';

/** Items begun and not recorded yet, in widths: a slow one does not keep those behind it from being begun at once. */
const AHEAD_WIDTHS = 2;

/** What `inOrder` works with; `start` may refuse an item (`undefined`), which ends the whole without an error. */
export type OrderedWork<Item, Result> = Readonly<{
  /** Items that are in progress at the same time. */
  width: number;
  start: (item: Item, signal: AbortSignal) => Promise<Result | undefined>;
  /** What is left to do for an item before it is recorded, beside those that are in progress by then. */
  finish: (item: Item, signal: AbortSignal) => Promise<void>;
  record: (item: Item, result: Result) => Promise<void>;
  signal: AbortSignal;
}>;

/**
 * Works on several items at the same time and records their results one by one in the items' order. At the first
 * failure the rest is aborted and the failure rejects; what was finished before it in order is recorded.
 * Resolves to how many were recorded, when nothing of it runs any more.
 */
export const inOrder = async <Item, Result>(
  items: readonly Item[],
  { width, start, finish, record, signal }: OrderedWork<Item, Result>,
): Promise<number> => {
  const own = new AbortController();
  const both = AbortSignal.any([signal, own.signal]);
  // Every item in flight adds several listeners; this is not a leak.
  setMaxListeners(0, both);
  const running: Promise<Result | undefined>[] = [];
  let [active, recorded] = [0, 0];
  const startMore = (): void => {
    for (const item of items.slice(running.length, recorded + AHEAD_WIDTHS * width)) {
      if (active === width || both.aborted) return;
      active += 1;
      const whole = start(item, both).then(async (result) => {
        // Behind one that was refused nothing more is begun.
        if (result === undefined) return undefined;
        active -= 1;
        startMore();
        await finish(item, both);
        return result;
      });
      // A failure is met in its turn; until then it must not count as unhandled.
      whole.catch(() => undefined);
      running.push(whole);
    }
  };
  try {
    for (const item of items) {
      startMore();
      const result = await running[recorded];
      if (result === undefined) break;
      await record(item, result);
      recorded += 1;
    }
    return recorded;
  } finally {
    own.abort(new DOMException('A file before it failed or was refused.', 'AbortError'));
    await Promise.allSettled(running);
  }
};
