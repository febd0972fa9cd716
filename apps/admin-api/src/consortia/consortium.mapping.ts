import { z } from 'zod';
import type { ConsortiumAnswer } from '../answers/network.answers.js';
import type { LiveConsortium } from '../resources.js';
import { defined, freeText, given, ids, text } from '../schemas.js';

export const consortiumBody = z.object({ ...ids, name: text.min(1), description: freeText });
export const consortiumChanges = z.object({ name: given(text), description: freeText });
export type ConsortiumBody = z.infer<typeof consortiumBody>;
export type ConsortiumChanges = z.infer<typeof consortiumChanges>;

export const toConsortium = (state: LiveConsortium): ConsortiumAnswer =>
  defined({
    _id: state.consortiumId,
    name: state.name,
    description: state.description,
    state: state.status === 'live' ? ('live' as const) : ('deleted' as const),
    deleted_at: state.removedAt,
  });
