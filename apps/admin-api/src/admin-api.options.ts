/** How this process offers the API. */
export type AdminApiOptions = Readonly<{
  /** The loopback demo: no key is needed, and every answer says so. Only callers of the same machine are let in. */
  open: boolean;
  version: string;
  /** Where the built console is; without one nothing is served at `/`. */
  consoleFolder?: string;
}>;
