const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The number of letters to insert, remove or replace to get from one text to the other. */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [at, letter] of Array.from(from).entries()) {
    const next = [at + 1];
    for (const [index, other] of Array.from(to).entries()) {
      const replaced = (row[index] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
};

const NAME_MAX = 100;

/** The name that a misspelt one most likely stands for: upper case, dashes and underscores make no difference. */
export const nearestName = (misspelt: string, names: readonly string[]): string | undefined => {
  const wanted = plain(misspelt.slice(0, NAME_MAX));
  const ranked = names
    .map((name) => ({ name, far: distance(wanted, plain(name)) }))
    .sort((one, other) => one.far - other.far);
  return ranked.find(({ name, far }) => far <= Math.max(2, plain(name).length / 3))?.name;
};
