import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/kernel';
import { NestLog } from './nest-log.js';
import { createLog, type LogOptions } from './pino-log.js';
import { redact } from './redact.js';

const capture = (options: LogOptions = {}) => {
  let written = '';
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  return { log: createLog({ ...options, output }), written: () => written };
};

describe('createLog', () => {
  it('writes one line of JSON with the service, fields and a coded error', () => {
    const { log, written } = capture({ service: 'exporter' });
    const error = new CodedError('TARGET_FULL', 'No space.', { context: { bytes: 12n } });
    log.with({ environment: 'demo' }).warn('Stored nothing.', { error, block: 9n });
    expect(written().endsWith('\n')).toBe(true);
    expect(JSON.parse(written())).toMatchObject({
      level: 40,
      service: 'exporter',
      environment: 'demo',
      msg: 'Stored nothing.',
      block: '9',
      error: { code: 'TARGET_FULL', message: 'No space.', context: { bytes: '12' } },
    });
  });

  it('writes one line for people', () => {
    const { log, written } = capture({ service: 'exporter', pretty: true });
    const error = new CodedError('TARGET_FULL', 'No\nspace.');
    log.error('Stored nothing.', { file: 'a.rlp', note: 'two words', error });
    expect(written()).toMatch(
      /^\d\d:\d\d:\d\d ERROR exporter Stored nothing\. file=a\.rlp note="two words" \[TARGET_FULL: No space\.\] \(Free space.*\)\n$/,
    );
  });

  it('leaves out what is below its level', () => {
    const { log, written } = capture({ level: 'warn' });
    log.info('x');
    log.debug('x');
    expect(written()).toBe('');
  });

  it('writes no secret, wherever it stands', () => {
    const { log, written } = capture();
    const cause = new Error('GET https://user:hunter2@node.example/ failed');
    const error = new CodedError('NODE_UNREACHABLE', 'No answer from ws://a:hunter2@b/', {
      context: { url: 'http://hunter2@x/', password: 'hunter2' },
      cause,
    });
    log.with({ token: 'hunter2' }).error('Sent Bearer hunter2hunter2', {
      error,
      details: { secret_access_key: 'hunter2', nested: [{ apiKey: 'hunter2' }], sas: 'hunter2' },
      url: 'https://x.example/c?sv=1&sig=hunter2&x=1',
      connection: 'AccountName=a;AccountKey=hunter2;x',
    });
    expect(written()).not.toContain('hunter2');
    expect(written()).toContain('node.example');
  });
});

describe('redact', () => {
  it('keeps what only looks like a secret', () => {
    const open = {
      access_key_id: 'AKIA',
      key_id: 'k1',
      lane: 'a',
      object: 'env/file.rlp',
      count: 1,
      none: null,
    };
    expect(redact(open)).toStrictEqual(open);
  });

  it('is bounded', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(JSON.stringify(redact(loop))).toContain('[deeper]');
    expect(redact(new Uint8Array(5))).toBe('[5 bytes]');
    expect(redact(Array.from({ length: 1000 }, () => 1))).toHaveLength(100);
  });
});

describe('NestLog', () => {
  it("puts Nest's start-up talk under debug and its errors under error", () => {
    const { log, written } = capture({ level: 'debug' });
    const nest = new NestLog(log);
    nest.log('Mapped {/livez}', 'RoutesResolver');
    nest.error('boom', 'stack line', 'ExceptionsHandler');
    const lines = written()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { level: 20, msg: 'Mapped {/livez}', nest: 'RoutesResolver' },
      { level: 50, msg: 'boom', nest: 'ExceptionsHandler', stack: 'stack line' },
    ]);
  });
});
