const CHARS_MAX = 200;

/** Without control characters: a node's text must not steer a terminal. */
export const printable = (text: string, charsMax = CHARS_MAX): string =>
  text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
    .slice(0, charsMax);

/** What a refusal says in words: the message of its JSON, the title of its page, or its text. Empty when it has none. */
export const refusedText = (body: Uint8Array): string => {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1];
  return printable(title ?? messageOf(text) ?? text.replace(/<[^>]*>/g, ' '));
};

const messageOf = (text: string): string | undefined => {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    if (typeof message === 'string') return message;
    if (typeof error === 'string') return error;
    const inner = (error as { message?: unknown } | undefined)?.message;
    return typeof inner === 'string' ? inner : undefined;
  } catch {
    return undefined;
  }
};

/** Does the text refuse the host name? (geth and Besu, behind whatever front end.) */
export const refusesHost = (text: string): boolean =>
  /invalid host|host not (authori[sz]ed|allowed)/i.test(text);

const RATE =
  /\brate\b|throttl|slow down|per[- ](second|minute|hour|day)|\/(s|sec|second)\b|compute units|quota/i;
const MANY_REQUESTS = /too many requests|request limit|daily request/i;

/** Does the text speak of how often one may ask, not of how much at once? */
export const speaksOfRate = (text: string): boolean =>
  RATE.test(text) || (MANY_REQUESTS.test(text) && !/batch/i.test(text));
