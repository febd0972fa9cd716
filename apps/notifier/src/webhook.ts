import { createHmac } from 'node:crypto';
import { CodedError, hasCode } from '#libs/kernel';
import { assertUrlAllowed, postOnce } from '#libs/outbound';
import type { Notification } from './notification.js';

export type WebhookSettings = Readonly<{
  url: string;
  /** `whsec_` and base64, as Standard Webhooks writes it, or any text; without one nothing is signed. */
  secret?: string;
}>;

const ANSWER_TIMEOUT_MS = 15_000;
const SECRET_PREFIX = 'whsec_';

const keyOf = (secret: string): Buffer =>
  secret.startsWith(SECRET_PREFIX)
    ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');

/** `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; `timestamp` in seconds since 1970. */
export const signatureOf = (
  secret: string,
  { id, timestamp, body }: Readonly<{ id: string; timestamp: number; body: string }>,
): string =>
  `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`;

/** Throws CONFIG_INVALID unless it is an http(s) URL, URL_REFUSED when the policy refuses it. */
export const checkWebhook = ({ url }: WebhookSettings): void => {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new CodedError('CONFIG_INVALID', 'The webhook URL must start with http:// or https://.');
  assertUrlAllowed(url);
};

const failed = (message: string, cause?: unknown): CodedError =>
  new CodedError('WEBHOOK_FAILED', message, { cause });

/**
 * Posts one notification, signed as Standard Webhooks asks. Throws WEBHOOK_FAILED unless the receiver answers 2xx
 * within 15 s (a redirect counts as a failure: the signature is for this URL), URL_REFUSED when the policy forbids it.
 */
export const postWebhook = async (
  { url, secret }: WebhookSettings,
  notification: Notification,
  { nowMs, signal }: Readonly<{ nowMs: number; signal: AbortSignal }>,
): Promise<void> => {
  const { id } = notification;
  const body = JSON.stringify(notification);
  const timestamp = Math.floor(nowMs / 1_000);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'chainkeep',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    ...(secret === undefined ? {} : { 'webhook-signature': signatureOf(secret, { id, timestamp, body }) }),
  };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
  const status = await postOnce(url, { headers, body, signal: limit }).catch((cause: unknown) => {
    throw hasCode(cause, 'URL_REFUSED') ? cause : failed('The webhook receiver did not answer.', cause);
  });
  if (status < 200 || status > 299) throw failed(`The webhook receiver answered HTTP ${status}.`);
};
