import { afterEach, describe, expect, it } from '@jest/globals';
import type { Notification } from './notification.js';
import { aReceiver, type Receiver } from './testing.js';
import { checkWebhook, postWebhook, signatureOf } from './webhook.js';

const notification: Notification = {
  id: 'e-1',
  type: 'BackupFailed',
  time: '2026-01-31T12:00:00.000Z',
  environment_id: 'prod',
  code: 'RANGE_MOVED',
  message: 'Bücher 📚',
  hint: 'Wait.',
};

describe('signatureOf', () => {
  it('signs as the example of Standard Webhooks does', () => {
    expect(
      signatureOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', {
        id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        timestamp: 1_614_265_330,
        body: '{"test": 2432232314}',
      }),
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});

describe('checkWebhook', () => {
  it.each(['http://127.0.0.1:9000/hook', 'https://hooks.example/x'])('takes %s', (url) => {
    expect(() => {
      checkWebhook({ url });
    }).not.toThrow();
  });

  it.each([
    ['nonsense', 'CONFIG_INVALID'],
    ['ftp://hooks.example', 'CONFIG_INVALID'],
    ['file:///etc/passwd', 'CONFIG_INVALID'],
    ['http://169.254.169.254/latest', 'URL_REFUSED'],
    ['http://metadata.google.internal/', 'URL_REFUSED'],
  ])('refuses %s with %s', (url, code) => {
    expect(() => {
      checkWebhook({ url });
    }).toThrow(expect.objectContaining({ code }));
  });
});

describe('postWebhook', () => {
  let receiver: Receiver;
  afterEach(async () => {
    await receiver.close();
  });
  const post = async (secret?: string, signal = new AbortController().signal) =>
    postWebhook({ url: receiver.url, ...(secret === undefined ? {} : { secret }) }, notification, {
      nowMs: 1_700_000_000_999,
      signal,
    });

  it('posts the signed notification', async () => {
    receiver = await aReceiver();
    await post('a secret of the operator');
    const [got] = receiver.received;
    expect(JSON.parse(got!.body)).toStrictEqual(notification);
    expect(got!.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'e-1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': signatureOf('a secret of the operator', {
        id: 'e-1',
        timestamp: 1_700_000_000,
        body: got!.body,
      }),
    });
  });

  it('signs nothing without a secret', async () => {
    receiver = await aReceiver();
    await post();
    expect(receiver.received[0]!.headers['webhook-signature']).toBeUndefined();
  });

  it.each([500, 404, 302, 429])('fails on the answer %s', async (status) => {
    receiver = await aReceiver(status);
    await expect(post()).rejects.toMatchObject({ code: 'WEBHOOK_FAILED', retryable: true });
    expect(receiver.received).toHaveLength(1);
  });

  it('fails when nobody answers, and when it is aborted', async () => {
    receiver = await aReceiver();
    await expect(post(undefined, AbortSignal.abort())).rejects.toMatchObject({ code: 'WEBHOOK_FAILED' });
    await receiver.close();
    await expect(post()).rejects.toMatchObject({ code: 'WEBHOOK_FAILED' });
    receiver = await aReceiver();
  });
});
