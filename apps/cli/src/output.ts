import { toCodedError } from '#libs/kernel';

/** JSON with block numbers as numbers where they are exact, as text where they are not. */
const plain = (_name: string, value: unknown): unknown => {
  if (typeof value !== 'bigint') return value;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
};

/** Where the command line writes: results to stdout, progress and errors to stderr. */
export class Output {
  constructor(readonly isJson: boolean) {}

  get isTerminal(): boolean {
    return process.stderr.isTTY && !this.isJson;
  }

  line(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value, plain));
  }

  /** The value as one line of JSON with `--json`, else the lines. */
  show(value: unknown, lines: () => readonly string[]): void {
    if (this.isJson) this.json(value);
    else for (const text of lines()) this.line(text);
  }

  /** Replaces the last progress line of a terminal; nothing elsewhere. */
  progress(text: string): void {
    if (this.isTerminal) process.stderr.write(`\r\u001b[2K${text}`);
  }

  error(thrown: unknown): void {
    const { code, message, hint } = toCodedError(thrown);
    this.progress('');
    process.stderr.write(`error ${code}: ${message}\nhint: ${hint}\n`);
  }
}

/** Columns as wide as their widest cell, two spaces apart. */
export const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

/** A field of an answer as text; `-` when it is not there. */
export const cell = (value: unknown): string => {
  if (value === undefined || value === null) return '-';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
};
