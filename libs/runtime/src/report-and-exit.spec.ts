import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { startError } from './report-and-exit.js';

it('a start names the address that another program uses', async () => {
  const [first, second] = [createServer(), createServer()];
  await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
  const { port } = first.address() as AddressInfo;
  const failed = once(second, 'error');
  second.listen(port, '127.0.0.1');
  const [error] = await failed;
  first.close();
  expect(startError(error)).toMatchObject({ code: 'PORT_IN_USE', message: `127.0.0.1:${port} is in use.` });
  expect(startError(new Error('other'))).toMatchObject({ code: 'INTERNAL' });
});
