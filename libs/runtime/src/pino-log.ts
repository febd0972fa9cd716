import { pino, type DestinationStream, type Logger } from 'pino';
import { Log, type LogFields } from './log.js';
import { prettyLine } from './pretty-line.js';
import { redact } from './redact.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export type LogOptions = Readonly<{
  level?: LogLevel;
  /** Stands on every line. */
  service?: string;
  /** One line for people instead of JSON; by default when the output is a terminal. */
  pretty?: boolean;
  /** Where lines go; standard output by default. */
  output?: NodeJS.WritableStream;
}>;

class PinoLog extends Log {
  constructor(private readonly pino: Logger) {
    super();
  }

  override debug(message: string, fields?: LogFields): void {
    this.pino.debug(plain(fields), text(message));
  }
  override info(message: string, fields?: LogFields): void {
    this.pino.info(plain(fields), text(message));
  }
  override warn(message: string, fields?: LogFields): void {
    this.pino.warn(plain(fields), text(message));
  }
  override error(message: string, fields?: LogFields): void {
    this.pino.error(plain(fields), text(message));
  }
  override with(fields: LogFields): Log {
    return new PinoLog(this.pino.child(plain(fields)));
  }
}

const plain = (fields: LogFields = {}): Record<string, unknown> => redact(fields) as Record<string, unknown>;
const text = (message: string): string => redact(message) as string;

const isTerminal = (output: NodeJS.WritableStream): boolean => (output as { isTTY?: boolean }).isTTY === true;

/** The log of a process. Lines are written at once, so that the last ones before an end are not lost. */
export const createLog = (options: LogOptions = {}): Log => {
  const output = options.output ?? process.stdout;
  const pretty = options.pretty ?? isTerminal(output);
  const stream: DestinationStream = {
    write: (line) => {
      output.write(pretty ? prettyLine(line, isTerminal(output)) : line);
    },
  };
  const base = options.service === undefined ? {} : { service: options.service };
  return new PinoLog(pino({ level: options.level ?? 'info', base }, stream));
};
