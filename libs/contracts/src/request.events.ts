import { z } from 'zod';
import { errorCode, instant, text } from './primitives.js';

export const requestReceivedV1 = z.object({
  source: z.string(),
  requestId: z.string(),
  requestType: z.string(),
  body: z.record(z.string(), z.unknown()),
  requestedAt: instant,
  signedBy: z.string(),
  place: z.string(),
  at: instant,
});
export const requestAppliedV1 = z.object({ at: instant });
export const requestRefusedV1 = z.object({ code: errorCode, message: text, at: instant });
