/** What is shown in place of a secret; sent back to the API, it keeps the secret. */
export const MASK = '********';

const SECRET_NAME =
  /pass(word|phrase)?$|secret|token|authorization|cookie|credential|private.?key|(access|account|customer|api).?key|connection.?string|^(sas|jwt|pfx|key)$/i;
/** Names that look like a secret's and hold none. */
const OPEN_NAME = /key_?id$|^idempotency.?key$|_at$/i;

/**
 * Whether a field of this name holds a secret. The one rule: logs and answers mask such fields, the API seals them, and
 * a provider of buckets may give its secrets no other names.
 */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name) && !OPEN_NAME.test(name);
