import { keepNewest, type Clock } from '#libs/kernel';

const BUCKETS_MAX = 10_000;

type Bucket = { tokens: number; atMs: number };

/** A token bucket a client: `burst` requests at once, `perSecond` in the long run. */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly clock: Clock,
    private readonly limits: Readonly<{ burst: number; perSecond: number }> = {
      burst: 1_000,
      perSecond: 200,
    },
  ) {}

  /** Takes tokens; `false`, and takes none, when there are not enough. */
  take(client: string, wanted = 1): boolean {
    const nowMs = this.clock.nowMs();
    const { burst, perSecond } = this.limits;
    const known = this.buckets.get(client) ?? { tokens: burst, atMs: nowMs };
    // A clock that is set back gives nothing and takes nothing.
    const passedMs = Math.max(0, nowMs - known.atMs);
    const tokens = Math.min(burst, known.tokens + (passedMs / 1_000) * perSecond);
    const left = { tokens: tokens >= wanted ? tokens - wanted : tokens, atMs: nowMs };
    keepNewest(this.buckets, client, left, BUCKETS_MAX);
    return tokens >= wanted;
  }
}
