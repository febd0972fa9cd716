import { STREAM_CATEGORIES } from '#libs/contracts';
import { categoryOfStream } from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';

/** Which streams of a server are ours. */
export type StreamNamesOptions = Readonly<{
  /** `[a-z0-9]+`, from EVENTSTORE_PREFIX; empty for none, as version 0.1 wrote. */
  prefix: string;
  /** Default: the product's. */
  categories?: readonly string[];
}>;

const PREFIX = /^[a-z0-9]*$/;

/**
 * The names of our streams on a server that others use too: `<prefix>.<category>-<id>`. Outside the adapter nobody sees
 * the prefix. What another prefix, another category or another application wrote is never ours.
 */
export class StreamNames {
  /** What the server filters by. */
  readonly starts: readonly string[];
  private readonly before: string;
  private readonly categories: readonly string[];

  /** Throws CONFIG_INVALID for a prefix that has other characters. */
  constructor({ prefix, categories = STREAM_CATEGORIES }: StreamNamesOptions) {
    if (!PREFIX.test(prefix))
      throw new CodedError('CONFIG_INVALID', 'EVENTSTORE_PREFIX: only a-z and 0-9 are allowed.');
    this.before = prefix === '' ? '' : `${prefix}.`;
    this.categories = categories;
    this.starts = categories.map((category) => `${this.before}${category}-`);
  }

  /** The name on the server. Throws INPUT_INVALID for a category that reading would never show. */
  toServer(stream: string): string {
    if (!this.categories.includes(categoryOfStream(stream)))
      throw new CodedError('INPUT_INVALID', `${stream}: no stream of Chainkeep is called so.`);
    return this.before + stream;
  }

  /** Our name of a stream for which `owns` holds. */
  fromServer(name: string): string {
    return name.slice(this.before.length);
  }

  /** Is a stream of the server called as ours are? */
  owns(name: string): boolean {
    return this.starts.some((start) => name.startsWith(start));
  }

  /** Every event of Chainkeep says the version of its schema. Other applications' events have no such metadata. */
  static isChainkeeps(metadata: unknown): boolean {
    return typeof metadata === 'object' && metadata !== null && 'schemaVersion' in metadata;
  }

  /** Matches our kind of stream under every prefix but ours. */
  get othersPattern(): RegExp {
    const own = this.before === '' ? `(?:${this.categories.join('|')})-` : `${this.before.slice(0, -1)}[.]`;
    return new RegExp(`^(?!${own})(?:[a-z0-9]+[.])?(?:${this.categories.join('|')})-`);
  }

  /** The prefix of a name that `othersPattern` matches. */
  static prefixOf(name: string): string {
    const [, prefix = ''] = /^([a-z0-9]+)[.]/.exec(name) ?? [];
    return prefix;
  }
}
