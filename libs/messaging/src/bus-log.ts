/** What a bus needs of a logger; the platform's Log fits. */
export type BusLog = Readonly<{
  warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  error: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}>;
