import { validateHeaderValue } from 'node:http';

export type Headers = Readonly<Record<string, string>>;

/** The head of an answer, as far as it is an ordinary one of HTTP/1.1. */
export type AnswerHead = Readonly<{
  status: number;
  headers: Headers;
  /** What follows; `undefined` when only the end of the connection or another framing tells. */
  bodyBytes: number | undefined;
  /** May another request follow on this connection? */
  isLasting: boolean;
}>;

const STATUS_LINE = /^HTTP\/1\.1 (\d{3})(?: |$)/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
const WITHOUT_BODY = new Set([204, 304]);

/** The first bytes of a request. Throws when a value holds what would end its line. */
export const requestHead = (method: string, path: string, headers: Headers): string => {
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderValue(name, value);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
};

/** Parses the lines of a head, without the empty one at its end; `undefined` for what is not ordinary. */
export const parseHead = (text: string, method: string): AnswerHead | undefined => {
  const [first = '', ...lines] = text.split('\r\n');
  const status = Number(STATUS_LINE.exec(first)?.[1]);
  if (Number.isNaN(status)) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value = ''] = FIELD.exec(line) ?? [];
    if (name === undefined) return undefined;
    const field = name.toLowerCase();
    headers[field] = headers[field] === undefined ? value : `${headers[field]}, ${value}`;
  }
  const isLasting = !(headers['connection'] ?? '').toLowerCase().includes('close');
  return { status, headers, bodyBytes: bodyBytesOf(method, status, headers), isLasting };
};

const bodyBytesOf = (method: string, status: number, headers: Headers): number | undefined => {
  if (method === 'HEAD' || WITHOUT_BODY.has(status)) return 0;
  const length = headers['content-length'];
  const isPlain = headers['transfer-encoding'] === undefined && /^\d{1,15}$/.test(length ?? '');
  return isPlain ? Number(length) : undefined;
};
