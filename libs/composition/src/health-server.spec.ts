import { afterEach, describe, expect, it } from '@jest/globals';
import { CodedError, type ErrorCode } from '#libs/kernel';
import type { Outage } from '#libs/runtime';
import { serveHealth, type HealthServer } from './health-server.js';

describe('serveHealth', () => {
  let server: HealthServer | undefined;
  afterEach(async () => {
    await server?.close();
  });

  const since = '2026-01-31T00:00:00.000Z';
  const serve = async (code: () => Promise<ErrorCode | undefined>): Promise<string> => {
    const blocked = async (): Promise<Outage | undefined> => {
      const found = await code();
      return found && { error: new CodedError(found, 'Away.', { context: { host: 'kafka:9092' } }), since };
    };
    server = await serveHealth({
      service: 'exporter',
      build: { version: '1.2.3', commit: 'abc' },
      host: '127.0.0.1',
      port: 0,
      blocked,
    });
    server.measures(() => ({ chainkeep_bus_joined: { help: 'Is it there?', value: 1 } }));
    return server.url;
  };
  const ask = async (url: string) => {
    const response = await fetch(url);
    return { status: response.status, text: await response.text() };
  };

  it('lives whatever happens, and is ready only when nothing blocks it', async () => {
    let code: ErrorCode | undefined = 'BUS_UNAVAILABLE';
    const url = await serve(async () => code);
    const ok = { status: 200, text: '{"status":"ok","version":"1.2.3","commit":"abc"}\n' };
    expect(await ask(`${url}/livez`)).toEqual(ok);
    expect(await ask(`${url}/readyz`)).toEqual({
      status: 503,
      text: `{"status":"unavailable","code":"BUS_UNAVAILABLE","host":"kafka:9092","since":"${since}"}\n`,
    });
    code = undefined;
    expect(await ask(`${url}/readyz`)).toEqual(ok);
    expect((await ask(`${url}/`)).status).toBe(404);
  });

  it('an error of the check is an answer', async () => {
    const url = await serve(() => Promise.reject(new Error('oops')));
    expect(await ask(`${url}/readyz`)).toMatchObject({
      status: 500,
      text: expect.stringContaining('INTERNAL'),
    });
  });

  it('tells gauges in the form of Prometheus', async () => {
    const { text } = await ask(`${await serve(async () => undefined)}/metrics`);
    expect(text).toContain('chainkeep_info{service="exporter",version="1.2.3"} 1\n');
    expect(text).toContain('# TYPE chainkeep_bus_joined gauge\nchainkeep_bus_joined{service="exporter"} 1\n');
    expect(text).toMatch(/chainkeep_heap_bytes\{service="exporter"\} \d+\n/);
  });
});
