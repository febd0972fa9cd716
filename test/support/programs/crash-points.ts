import { appendFileSync, readFileSync } from 'node:fs';
import {
  CheckpointStore,
  type Checkpoint,
  EventStore,
  type AppendResult,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type ReadOptions,
  type StoredEvent,
  type SubscribeOptions,
  type SubscriptionItem,
} from '#libs/event-sourcing';
import {
  ReadModelStore,
  type ApplyCommand,
  type Fingerprint,
  type ListOptions,
  type ReadModelRow,
} from '#libs/event-store';
import {
  ObjectStore,
  type CopySource,
  type ObjectBody,
  type ObjectInfo,
  type PutCondition,
  type PutResult,
} from '#libs/object-store';

/*
 * Ends the own process with SIGKILL at a named point, for tests of what a crash leaves behind. Names:
 *   before-append:<EventType>   after-append:<EventType>
 *   before-put:<store>/<kind>   after-put:<store>/<kind>     store: managed, target; kind: see `kindOf`
 *   before-checkpoint:<consumer>   after-checkpoint:<consumer>
 *   before-apply:<projection>   after-apply:<projection>
 * with `:n` behind it for the n-th time.
 */
const CRASH_AT = 'CHAINKEEP_TEST_CRASH_AT';
/** A file that every name is written to as it is passed. */
const RECORD_TO = 'CHAINKEEP_TEST_CRASH_RECORD';

export class CrashPoints {
  private readonly passed = new Map<string, number>();
  private readonly name: string | undefined;
  private readonly time: number;

  constructor(private readonly env: NodeJS.ProcessEnv = process.env) {
    const [, name, time = '1'] = /^(.*?)(?::(\d+))?$/.exec(env[CRASH_AT] ?? '') ?? [];
    this.name = name === '' ? undefined : name;
    this.time = Number(time);
  }

  /** Passes the point, or ends the process here. */
  pass(name: string): void {
    const times = (this.passed.get(name) ?? 0) + 1;
    this.passed.set(name, times);
    const record = this.env[RECORD_TO];
    if (record) appendFileSync(record, `${name}:${times}\n`);
    if (name === this.name && times === this.time) process.kill(process.pid, 'SIGKILL');
  }

  /** Runs an action between its two points. */
  async around<T>(kind: string, names: readonly string[], action: () => Promise<T>): Promise<T> {
    for (const name of names) this.pass(`before-${kind}:${name}`);
    const result = await action();
    for (const name of names) this.pass(`after-${kind}:${name}`);
    return result;
  }
}

/** Names recorded by a run, each once, without or with (`everyTime`) the `:n` of each time. */
export const crashPointsIn = (recordFile: string, everyTime = false): readonly string[] => {
  const lines = readFileSync(recordFile, 'utf8').trim().split('\n');
  return [...new Set(everyTime ? lines : lines.map((line) => line.replace(/:\d+$/, '')))];
};

/** What a key is for: `segment`, `manifest`, `history`, `marker` or `other`. */
export const kindOf = (key: string): string => {
  const name = key.slice(key.lastIndexOf('/') + 1);
  if (name.endsWith('.manifest.json')) return 'manifest';
  if (/\.rlp(\.gz)?$/.test(name)) return 'segment';
  if (name === 'backup_snapshot.json') return 'history';
  return name === '.chainkeep' ? 'marker' : 'other';
};

export class CrashingEventStore extends EventStore {
  constructor(
    private readonly inner: EventStore,
    private readonly points: CrashPoints,
  ) {
    super();
  }

  override async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    const types = [...new Set(events.map(({ type }) => type))];
    return this.points.around('append', types, async () => this.inner.append(stream, events, expected));
  }

  override readStream(stream: string, options?: ReadOptions): AsyncIterable<StoredEvent> {
    return this.inner.readStream(stream, options);
  }
  override async readAll(
    after: Position,
    limit: number,
    without?: readonly string[],
  ): Promise<readonly StoredEvent[]> {
    return this.inner.readAll(after, limit, without);
  }
  override subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem> {
    return this.inner.subscribe(options);
  }
  override async eventAt(position: Position): Promise<StoredEvent | undefined> {
    return this.inner.eventAt(position);
  }
  override async head(): Promise<Position> {
    return this.inner.head();
  }
  override async importMark(): Promise<string | undefined> {
    return this.inner.importMark();
  }
  override async markImport(mark: string | undefined): Promise<void> {
    await this.inner.markImport(mark);
  }
  override async close(): Promise<void> {
    await this.inner.close();
  }
}

export class CrashingObjectStore extends ObjectStore {
  constructor(
    private readonly inner: ObjectStore,
    private readonly points: CrashPoints,
    private readonly name: 'managed' | 'target',
  ) {
    super();
  }

  override async put(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult> {
    const names = [`${this.name}/${kindOf(key)}`];
    return this.points.around('put', names, async () => this.inner.put(key, body, condition, signal));
  }

  override async copyFrom(
    source: CopySource,
    key: string,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult | undefined> {
    const names = [`${this.name}/${kindOf(key)}`];
    return this.points.around('put', names, async () => this.inner.copyFrom(source, key, condition, signal));
  }
  override async inspect(prefix: string, signal?: AbortSignal): ReturnType<ObjectStore['inspect']> {
    return this.inner.inspect(prefix, signal);
  }

  override async head(key: string): Promise<ObjectInfo | undefined> {
    return this.inner.head(key);
  }
  override get(key: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return this.inner.get(key, signal);
  }
  override list(prefix: string): AsyncIterable<ObjectInfo> {
    return this.inner.list(prefix);
  }
  override async remove(key: string): Promise<void> {
    await this.inner.remove(key);
  }
}

export class CrashingCheckpoints extends CheckpointStore {
  constructor(
    private readonly inner: CheckpointStore,
    private readonly points: CrashPoints,
  ) {
    super();
  }

  override async load(consumer: string): Promise<Checkpoint> {
    return this.inner.load(consumer);
  }
  override async save(consumer: string, checkpoint: Checkpoint): Promise<void> {
    await this.points.around('checkpoint', [consumer], async () => this.inner.save(consumer, checkpoint));
  }
}

/** A projection's checkpoint is written with its rows, in `apply`. */
export class CrashingReadModelStore extends ReadModelStore {
  constructor(
    private readonly inner: ReadModelStore,
    private readonly points: CrashPoints,
  ) {
    super();
  }

  override async apply(command: ApplyCommand): Promise<void> {
    await this.points.around('apply', [command.projection], async () => this.inner.apply(command));
  }

  override async checkpoint(projection: string): Promise<Checkpoint> {
    return this.inner.checkpoint(projection);
  }
  override async moveCheckpoint(
    projection: string,
    expected: Position,
    checkpoint: Checkpoint,
  ): Promise<void> {
    await this.inner.moveCheckpoint(projection, expected, checkpoint);
  }
  override async get(projection: string, collection: string, id: string): Promise<ReadModelRow | undefined> {
    return this.inner.get(projection, collection, id);
  }
  override async list(
    projection: string,
    collection: string,
    options?: ListOptions,
  ): Promise<readonly ReadModelRow[]> {
    return this.inner.list(projection, collection, options);
  }
  override async count(projection: string, collection: string, parent?: string): Promise<number> {
    return this.inner.count(projection, collection, parent);
  }
  override async drop(projection: string): Promise<void> {
    await this.inner.drop(projection);
  }
  override async activate(name: string, projection: string, instead?: string): Promise<void> {
    await this.inner.activate(name, projection, instead);
  }
  override async active(name: string): Promise<string | undefined> {
    return this.inner.active(name);
  }
  override async fingerprint(projection: string): Promise<Fingerprint> {
    return this.inner.fingerprint(projection);
  }
}
