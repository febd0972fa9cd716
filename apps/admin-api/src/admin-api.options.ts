/** How this process offers the API. */
export type AdminApiOptions = Readonly<{
  /** The loopback demo: no key is needed, and every answer says so. Only callers of the same machine are let in. */
  open: boolean;
  /** Of this build, as `/livez` and `/readyz` say them. */
  version: string;
  commit: string;
  /** Where the built console is; without one nothing is served at `/`. */
  consoleFolder?: string;
}>;
