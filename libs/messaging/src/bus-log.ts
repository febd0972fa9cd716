/** What a bus needs of a logger; the Log of runtime fits. */
export type BusLog = Readonly<{
  warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  error: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}>;
