/** What a line says beside its message. An error goes under `error`; secrets are masked whatever they are called in. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Port: what the operator of a process reads. Never throws, never waits. */
export abstract class Log {
  abstract debug(message: string, fields?: LogFields): void;
  abstract info(message: string, fields?: LogFields): void;
  abstract warn(message: string, fields?: LogFields): void;
  abstract error(message: string, fields?: LogFields): void;
  /** The same log with fields that stand on every line. */
  abstract with(fields: LogFields): Log;
}
