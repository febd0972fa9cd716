/**
 * Puts a value under a key as the newest of the map, and drops the oldest when there are more than `max`: for what is
 * kept in memory to save work, and may be lost.
 */
export const keepNewest = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void => {
  map.delete(key);
  map.set(key, value);
  const oldest = map.size > max ? map.keys().next() : undefined;
  if (oldest?.done === false) map.delete(oldest.value);
};
