import { printable } from '#libs/kernel';

type Line = Readonly<{ level: number; time: number; msg?: string; error?: unknown }>;

const LEVELS: readonly (readonly [number, string, string])[] = [
  [50, 'ERROR', '\u001b[31m'],
  [40, 'WARN ', '\u001b[33m'],
  [30, 'INFO ', '\u001b[32m'],
  [0, 'DEBUG', '\u001b[90m'],
];
const RESET = '\u001b[0m';
const LEFT_OUT = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'service', 'error']);

const shown = (value: unknown): string =>
  typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);

const errorText = (error: unknown): string => {
  if (error === null || typeof error !== 'object') return ` error=${shown(error)}`;
  const { code, message, hint } = error as Readonly<Record<'code' | 'message' | 'hint', unknown>>;
  const name = typeof code === 'string' ? `${code}: ` : '';
  const cure = typeof hint === 'string' ? ` (${hint})` : '';
  return ` [${name}${String(message)}]${cure}`;
};

/** One line of JSON as one line for people: `12:00:00 INFO  exporter Segment stored. file=... bytes=...`. */
export const prettyLine = (json: string, colour: boolean): string => {
  const line = JSON.parse(json) as Line & Readonly<Record<string, unknown>>;
  const [, name, paint] = LEVELS.find(([from]) => line.level >= from) ?? [0, 'DEBUG', ''];
  const time = new Date(line.time).toTimeString().slice(0, 8);
  const service = typeof line['service'] === 'string' ? ` ${line['service']}` : '';
  const fields = Object.entries(line)
    .filter(([key, value]) => !LEFT_OUT.has(key) && value !== undefined)
    .map(([key, value]) => ` ${key}=${shown(value)}`)
    .join('');
  const level = colour ? `${paint}${name}${RESET}` : name;
  const error = line.error === undefined ? '' : errorText(line.error);
  const text = `${service} ${line.msg ?? ''}${fields}${error}`.replace(/[\r\n]+/g, ' ');
  // What nodes say must not reach the terminal as it is; the colour of the level is ours.
  return `${time} ${level}${printable(text)}\n`;
};
