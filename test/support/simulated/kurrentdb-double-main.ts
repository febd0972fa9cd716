/*
 * The double as a separate process, to be killed: `kurrentdb-double-main <port> <file>`. Prints its URL when it
 * answers; ends on SIGTERM.
 */
import { KurrentDouble } from './kurrentdb-double.js';

const [port = '0', file] = process.argv.slice(2);
const double = await KurrentDouble.start({ port: Number(port), ...(file === undefined ? {} : { file }) });
process.stdout.write(`${double.url}\n`);
process.once('SIGTERM', () => {
  void double.stop();
});
