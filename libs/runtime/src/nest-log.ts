import type { LoggerService } from '@nestjs/common';
import type { Log } from './log.js';

const contextOf = (rest: readonly unknown[]): string | undefined => {
  const last = rest.at(-1);
  return typeof last === 'string' ? last : undefined;
};

const toText = (message: unknown): string =>
  message instanceof Error
    ? message.message
    : typeof message === 'string'
      ? message
      : JSON.stringify(message);

/** Nest's own lines in our log. What Nest tells of its start is detail here, hence one level lower. */
export class NestLog implements LoggerService {
  constructor(private readonly to: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.to.debug(toText(message), { nest: contextOf(rest) });
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.to.debug(toText(message), { nest: contextOf(rest) });
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.to.debug(toText(message), { nest: contextOf(rest) });
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.to.warn(toText(message), { nest: contextOf(rest) });
  }
  error(message: unknown, ...rest: unknown[]): void {
    const error = message instanceof Error ? { error: message } : rest.length > 1 ? { stack: rest[0] } : {};
    this.to.error(toText(message), { nest: contextOf(rest), ...error });
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.error(message, ...rest);
  }
}
