import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';
import { CodedError, type ErrorCode, type ErrorContext } from '#libs/kernel';
import type { EventRef, Position } from '#libs/event-sourcing';
import { JsonText, type ApplyCommand, type ReadModelChange } from '../read-model-store.js';

/** Memory of its connection is given back when nothing came for this long. */
const IDLE_MS = 30_000;
/** Tasks of one transaction: while it is written as many others come, so that neither side waits for the other. */
const TASKS_MAX = 16;
/** collection, id, parent, sort, document. */
const TEXTS = 5;

/** An ApplyCommand on its way to the thread. `texts`: five a change; of a delete the document is null. */
export type ApplyTask = Readonly<{
  projection: string;
  expected: Position;
  position: Position;
  event: EventRef | undefined;
  texts: readonly (string | null)[];
}>;

/** Messages to the thread: keep a task, write this many of the kept tasks, end. */
export type ApplyOrder = Readonly<{ keep: ApplyTask }> | Readonly<{ write: number }> | 'end';

/** Of one task; without `code` it is written. */
export type ApplyOutcome = Readonly<{ code?: ErrorCode; message?: string; context?: ErrorContext }>;

type Waiting = Readonly<{ resolve: () => void; reject: (error: unknown) => void }>;

/** One flat list: a copy of it into another thread costs a quarter of that of a list of objects. */
const toTexts = (changes: readonly ReadModelChange[]): readonly (string | null)[] => {
  const texts: (string | null)[] = [];
  for (const change of changes) {
    const { collection, id } = change;
    if (change.kind === 'delete') texts.push(collection, id, null, null, null);
    else {
      const { parent = null, sort = id, document } = change;
      texts.push(collection, id, parent, sort, JsonText.of(document).text);
    }
  }
  return texts;
};

/** The changes of a task, as the thread applies them. */
export const changesOf = ({ texts }: ApplyTask): readonly ReadModelChange[] => {
  const changes: ReadModelChange[] = [];
  for (let at = 0; at < texts.length; at += TEXTS) {
    const [collection, id] = [texts[at] ?? '', texts[at + 1] ?? ''];
    const [parent, sort] = [texts[at + 2] ?? undefined, texts[at + 3] ?? id];
    const document = texts[at + 4] ?? undefined;
    if (document === undefined) changes.push({ kind: 'delete', collection, id });
    else {
      const kept = { kind: 'put', collection, id, sort, document: JsonText.kept(document) } as const;
      changes.push(parent === undefined ? kept : { ...kept, parent });
    }
  }
  return changes;
};

const refuse = (waiting: readonly Waiting[], cause: unknown): void => {
  for (const { reject } of waiting)
    reject(new CodedError('STORE_UNAVAILABLE', 'The thread that writes the read models stopped.', { cause }));
};

/**
 * Applies changes to a database file on a separate thread and connection (libsql-apply-worker.ts). Changes go there at
 * once, so that nothing is kept here; `write` writes them, many in one transaction.
 */
export class LibsqlApplyThread {
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private readonly waiting: Waiting[] = [];

  constructor(
    private readonly file: string,
    private readonly script: URL,
  ) {}

  /** Settles at a later `write`, as `ReadModelStore.apply` does; STORE_UNAVAILABLE when the thread ended meanwhile. */
  async add({ projection, expected, position, event, changes }: ApplyCommand): Promise<void> {
    const keep: ApplyTask = { projection, expected, position, event, texts: toTexts(changes) };
    clearTimeout(this.idle);
    this.tell((this.worker ??= this.start()), { keep });
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** One at a time. Resolves when what was added, TASKS_MAX of it at most, is written or refused. */
  async write(): Promise<void> {
    clearTimeout(this.idle);
    const waiting = this.waiting.splice(0, TASKS_MAX);
    if (waiting.length === 0) return;
    try {
      const outcomes = await this.ask(waiting.length);
      waiting.forEach(({ resolve, reject }, index) => {
        const { code, message = '', context = {} } = outcomes[index] ?? {};
        if (code === undefined) resolve();
        else reject(new CodedError(code, message, { context }));
      });
    } catch (error) {
      refuse(waiting, error);
    }
    this.idle = setTimeout(() => void this.close(), IDLE_MS).unref();
  }

  /** Waits until its connection is closed. The next `add` would start it again. */
  async close(): Promise<void> {
    clearTimeout(this.idle);
    const worker = this.worker;
    if (!worker || this.waiting.length > 0) return;
    this.worker = undefined;
    worker.ref();
    // An error ends it too.
    const ended = once(worker, 'exit').catch(() => undefined);
    this.tell(worker, 'end');
    await ended;
  }

  private start(): Worker {
    const worker = new Worker(this.script, { workerData: this.file });
    worker.unref();
    const forget = (cause: unknown): void => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      refuse(this.waiting.splice(0), cause);
    };
    return worker.on('error', forget).once('exit', forget);
  }

  private tell(worker: Worker, order: ApplyOrder): void {
    worker.postMessage(order);
  }

  private async ask(write: number): Promise<readonly ApplyOutcome[]> {
    const worker = this.worker;
    if (!worker) throw new RangeError('Nothing runs.');
    const settled = new AbortController();
    const { signal } = settled;
    const answered = once(worker, 'message', { signal }) as Promise<[readonly ApplyOutcome[]]>;
    const ended = once(worker, 'exit', { signal }).then(([code]): never => {
      throw new RangeError(`It ended with ${String(code)}.`);
    });
    worker.ref();
    try {
      this.tell(worker, { write });
      const [outcomes] = await Promise.race([answered, ended]);
      return outcomes;
    } finally {
      settled.abort();
      worker.unref();
    }
  }
}

/** `undefined` on such a thread, and where the code is not compiled (tests run from the sources). */
export const createApplyThread = (file: string): LibsqlApplyThread | undefined =>
  isMainThread && import.meta.url.endsWith('.js')
    ? new LibsqlApplyThread(file, new URL('./libsql-apply-worker.js', import.meta.url))
    : undefined;
