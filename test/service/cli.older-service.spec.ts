/** @proves With a service of version 0.1, the command line says that the service is older and what to do. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cliError, runCliProcess, type CliEnded } from '../support/programs/run-cli.js';

/** What version 0.1 answers; everything else is unknown to it. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/readyz': { status: 'ready', open: true, environments: [], targets: [] },
  '/api/v1/consortia': [{ _id: 'c' }],
  '/api/v1/consortia/c/environments': [{ _id: 'e' }],
};

describe('the command line with a service of version 0.1', () => {
  let server: Server;
  let folder: string;
  let file: string;
  const asked: string[] = [];
  const ask = (...args: string[]): Promise<CliEnded> => {
    asked.length = 0;
    const { port } = server.address() as AddressInfo;
    return runCliProcess(args, { CHAINKEEP_URL: `http://127.0.0.1:${port}` });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chainkeep-older-'));
    file = join(folder, 'network.yaml');
    await writeFile(file, 'consortium: { id: c }\n');
    server = createServer((request, response) => {
      const { method = '', url = '' } = request;
      asked.push(`${method} ${url}`);
      const known = method === 'GET' ? ANSWERS[url] : undefined;
      const missing = { code: 'RESOURCE_NOT_FOUND', detail: `There is no ${method} ${url}.`, status: 404 };
      response
        .writeHead(known === undefined ? 404 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(known ?? missing));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  it('doctor warns that the service is older', async () => {
    const { code, out } = await ask('doctor');
    expect(code).toBe(1);
    expect(out).toMatch(
      /warn +version +The service does not report its version, so it is older than the CLI/,
    );
    expect(out).toContain('Use the same version of the CLI and the service.');
    expect(out).not.toContain('undefined');
  });

  it.each([
    ['plan', () => ['plan', '-f', file]],
    ['apply', () => ['apply', '-f', file]],
    ['target providers', () => ['target', 'providers']],
    ['target add', () => ['target', 'add', 't', '-m', 'bank-a', '-p', 's3', '--set', 'bucket=b']],
  ])('%s ends with SERVICE_OUTDATED and changes nothing', async (_name, args) => {
    const { code, out, err } = await ask(...args());
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(cliError('SERVICE_OUTDATED'));
    expect(err).toContain('hint: Upgrade the service, or use the command line of the same version');
    expect(asked.filter((line) => !line.startsWith('GET '))).toEqual([]);
  });
});
