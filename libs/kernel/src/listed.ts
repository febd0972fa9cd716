/** Names that a text holds at most: a chain may have hundreds of validators, and the texts of events are bounded. */
const NAMED_MAX = 20;

/** Names for a sentence: the first twenty, and how many more there are. */
export const listed = (names: readonly string[]): string => {
  const more = names.length - NAMED_MAX;
  return more > 0 ? `${names.slice(0, NAMED_MAX).join(', ')} and ${more} more` : names.join(', ');
};
