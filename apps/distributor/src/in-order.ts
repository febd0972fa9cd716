import { setMaxListeners } from 'node:events';

/** What `inOrder` works with; `start` may refuse an item (`undefined`), which ends the whole without an error. */
export type OrderedWork<Item, Result> = Readonly<{
  /** Items that are under way at the same time. */
  width: number;
  start: (item: Item, signal: AbortSignal) => Promise<Result | undefined>;
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
  { width, start, record, signal }: OrderedWork<Item, Result>,
): Promise<number> => {
  const own = new AbortController();
  const both = AbortSignal.any([signal, own.signal]);
  // Every item under way listens in several places; that is no leak.
  setMaxListeners(0, both);
  const running: Promise<Result | undefined>[] = [];
  const startNext = (): void => {
    const item = items[running.length];
    if (item === undefined) return;
    const begun = start(item, both);
    // Its failure is met in its turn; until then it must not count as unhandled.
    begun.catch(() => undefined);
    running.push(begun);
  };
  let recorded = 0;
  try {
    while (running.length < Math.min(width, items.length)) startNext();
    for (const item of items) {
      const result = await running[recorded];
      if (result === undefined) break;
      startNext();
      await record(item, result);
      recorded += 1;
    }
    return recorded;
  } finally {
    own.abort(new DOMException('A file before it failed or was refused.', 'AbortError'));
    await Promise.allSettled(running);
  }
};
