import { CodedError, type Clock } from '#libs/kernel';
import { RateLimiter } from './rate-limiter.js';
import type { ApiRequest, ApiResponse } from './request.js';

const REQUESTS_MAX = 64;
/** Whatever a body changes stays in the store for ever: 8 MiB at once, then 350 MB a day. */
const BODY_BYTES = { burst: 8 << 20, perSecond: 4 << 10 };

/** What one membership, with all its keys, may have of the service at a time. */
export class MemberShares {
  private readonly bodies: RateLimiter;
  private readonly running = new Map<string, number>();

  constructor(clock: Clock) {
    this.bodies = new RateLimiter(clock, BODY_BYTES);
  }

  /** Counts a request until it is answered. Throws RATE_LIMITED when the membership has its share already. */
  take(memberId: string, { bodyBytes = 0 }: ApiRequest, response: ApiResponse): void {
    const running = this.running.get(memberId) ?? 0;
    if (running >= REQUESTS_MAX)
      throw new CodedError('RATE_LIMITED', `${REQUESTS_MAX} requests of this membership are still running.`);
    if (bodyBytes > 0 && !this.bodies.take(memberId, bodyBytes))
      throw new CodedError('RATE_LIMITED', 'This membership sent too many bytes. Send less, or wait.');
    this.running.set(memberId, running + 1);
    response.once('close', () => {
      const left = (this.running.get(memberId) ?? 1) - 1;
      if (left === 0) this.running.delete(memberId);
      else this.running.set(memberId, left);
    });
  }
}
