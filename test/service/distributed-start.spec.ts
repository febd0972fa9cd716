/** @proves A service without its settings names every missing one and exits. */
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SERVICES } from '../support/worlds/distributed-services.js';
import { runNode } from '../support/programs/run-program.js';
import { BUILT } from '../support/programs/run-ts.js';

describe('a service that is started without its settings', () => {
  it.each(SERVICES)('%s says what is missing and ends with 2', async (service) => {
    const main = join(BUILT, 'apps', service, 'src/main.js');
    const { code, out, err } = await runNode([main], process.cwd());
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(
      /^error CONFIG_INVALID: .*KAFKA_BROKERS.*DATABASE_URL.*CHAINKEEP_SECRET_KEY.*\nhint: .+\n$/,
    );
  });
});
