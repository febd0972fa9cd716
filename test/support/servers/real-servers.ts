import { describe } from '@jest/globals';

import { pathOfServer, type RealServer } from './server-paths.js';

export { pathOfServer };

/** `describe`, skipped by name unless every one of these servers is there. */
export const describeWith = (...servers: RealServer[]): typeof describe | typeof describe.skip =>
  servers.every((server) => pathOfServer(server) !== '') ? describe : describe.skip;
