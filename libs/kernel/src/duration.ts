const DURATION = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const UNITS_MS = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];

/** An ISO 8601 duration such as PT10M or P1DT12H in ms, from weeks down to seconds; `undefined` when it is not one. */
export const durationMs = (text: string): number | undefined => {
  const parts: (string | undefined)[] | undefined = DURATION.exec(text)?.slice(1);
  if (parts === undefined || parts.every((part) => part === undefined) || text.endsWith('T'))
    return undefined;
  return parts.reduce((sum, part, index) => sum + Number(part ?? 0) * (UNITS_MS[index] ?? 0), 0);
};
