/** Makes sure that the geth of the real-server suites is there; prints its path. */
import { setPriority } from 'node:os';
import { provideGeth } from './lib/geth.mjs';

// CI builds it beside the tests, which must not become slow by it.
setPriority(10);
const { path, problem } = await provideGeth();
process.stdout.write(`${path ?? problem}\n`);
process.exitCode = path ? 0 : 1;
