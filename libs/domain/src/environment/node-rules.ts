import { CodedError } from '#libs/kernel';
import type { NodeDescription } from './environment.events.js';

/** A node can be the same as another one only. Throws INPUT_INVALID. */
export const assertOther = ({ nodeId, sameAs }: NodeDescription): void => {
  if (sameAs !== nodeId) return;
  throw new CodedError('INPUT_INVALID', 'same_as must name another node.', { context: { nodeId } });
};
