type Plain = Readonly<Record<string, unknown>>;

const isAscending = (keys: readonly string[]): boolean =>
  keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key);

/** The value itself when everything in it is in order already, else a copy that is. */
const inOrder = (value: unknown, key: string): unknown => {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return value;
  const { toJSON } = value as Readonly<{ toJSON?: unknown }>;
  const plain: unknown = typeof toJSON === 'function' ? toJSON.call(value, key) : value;
  if (plain === null || typeof plain !== 'object') return plain;
  if (Array.isArray(plain)) {
    const items = plain.map((item, index) => inOrder(item, String(index)));
    return items.every((item, index) => item === plain[index]) ? plain : items;
  }
  return objectInOrder(plain as Plain);
};

const objectInOrder = (value: Plain): Plain => {
  const keys = Object.keys(value);
  let same = isAscending(keys);
  if (!same) keys.sort();
  const copy = keys.map((key) => {
    const inner = inOrder(value[key], key);
    same &&= inner === value[key];
    return [key, inner] as const;
  });
  return same ? value : Object.fromEntries(copy);
};

/** JSON with sorted keys and bigints as decimal strings: equal values give equal text. */
export const canonicalJson = (value: unknown): string =>
  // Without a replacer: with one, every key and value costs a call, several times what the text costs.
  JSON.stringify(inOrder(value, ''));
