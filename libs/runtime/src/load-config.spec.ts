import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { loadConfig } from './load-config.js';

const schema = z.object({
  CHAINKEEP_PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  CHAINKEEP_URL: z.url(),
  CHAINKEEP_SECRET_KEY: z.string().length(64).optional(),
});

describe('loadConfig', () => {
  it('gives typed values and defaults, and takes an empty variable as not set', () => {
    const config = loadConfig(schema, { CHAINKEEP_URL: 'http://a.example', CHAINKEEP_PORT: '', OTHER: 'x' });
    expect(config).toStrictEqual({ CHAINKEEP_PORT: 3000, CHAINKEEP_URL: 'http://a.example' });
  });

  it('tells every problem at once by name and without the value', () => {
    const env = { CHAINKEEP_PORT: 'abc', CHAINKEEP_SECRET_KEY: 'hunter2' };
    let thrown: unknown;
    try {
      loadConfig(schema, env);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'CONFIG_INVALID', context: { count: 3 } });
    const { message } = thrown as Error;
    for (const name of ['CHAINKEEP_PORT', 'CHAINKEEP_URL', 'CHAINKEEP_SECRET_KEY'])
      expect(message).toContain(name);
    expect(message).not.toMatch(/hunter2|abc/);
  });
});
