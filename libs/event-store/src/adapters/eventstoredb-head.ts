import { START, type Position } from '#libs/event-sourcing';
import type { EventStoreDbClient } from './eventstoredb-client.js';
import { collectEvents, NEWEST, recordAt, type Recorded } from './eventstoredb-reads.js';

/** Up to which record everything was looked at, and the newest of ours up to there. */
type Looked = Readonly<{ head: Position; through: Recorded }>;

const NEW_EVENTS = 32;
const FOUND_EVENTS = 256;

/**
 * The newest event of ours. The first look searches backwards; later ones read on from the last record seen, so that
 * their cost does not depend on what others wrote before. Looks that come together share one.
 */
export class Head {
  private looked: Looked | undefined;
  private running: Promise<Position> | undefined;
  private next: Promise<Position> | undefined;

  constructor(
    private readonly client: EventStoreDbClient,
    private readonly starts: readonly string[],
    private readonly isOurs: (event: Recorded) => boolean,
  ) {}

  /** Covers all that was appended before the call. Rejects coded. */
  async look(): Promise<Position> {
    if (this.running === undefined) return this.begin();
    // The one that runs may have passed what was appended just now.
    this.next ??= this.running
      .catch(() => undefined)
      .then(async () => {
        this.next = undefined;
        return this.begin();
      });
    return this.next;
  }

  private async begin(): Promise<Position> {
    const run = async (): Promise<Position> => {
      try {
        const { looked } = this;
        this.looked = (looked && (await this.lookOn(looked))) ?? (await this.lookBack());
        return this.looked?.head ?? START;
      } finally {
        this.running = undefined;
      }
    };
    this.running = run();
    return this.running;
  }

  /** What came since. `undefined`: this is not the log it was, or too much came. */
  private async lookOn({ head, through }: Looked): Promise<Looked | undefined> {
    if ((await recordAt(this.client, through.position))?.id !== through.id) return undefined;
    const next = await collectEvents(this.client, { from: through.position, count: NEW_EVENTS + 1 });
    const last = next.at(-1) ?? through;
    const newest = next.findLast(this.isOurs)?.position ?? head;
    return next.length > NEW_EVENTS ? this.search(newest, last) : { head: newest, through: last };
  }

  /** Lets the server search what many others wrote since. */
  private async search(head: Position, after: Recorded): Promise<Looked | undefined> {
    const [end = after] = await collectEvents(this.client, NEWEST);
    const request = { from: after.position, count: FOUND_EVENTS, streams: this.starts };
    const found = await collectEvents(this.client, request);
    if (found.length === FOUND_EVENTS) return undefined;
    return { head: found.findLast(this.isOurs)?.position ?? head, through: laterOf(end, found.at(-1)) };
  }

  private async lookBack(): Promise<Looked | undefined> {
    const [end] = await collectEvents(this.client, NEWEST);
    if (end === undefined) return undefined;
    for (let [from, count]: [Position | 'end', number] = ['end', 1]; ; count = FOUND_EVENTS) {
      const request = { from, direction: 'backwards' as const, count, streams: this.starts };
      const found = await collectEvents(this.client, request);
      const newest = found.find(this.isOurs);
      if (newest) return { head: newest.position, through: laterOf(end, newest) };
      const last = found.at(-1);
      if (last === undefined || found.length < count) return { head: START, through: end };
      from = last.position;
    }
  }
}

const laterOf = (one: Recorded, other: Recorded | undefined): Recorded =>
  other !== undefined && other.position > one.position ? other : one;
