/**
 * @proves A node behind TLS, basic auth and a client certificate is backed up, and its password and key appear nowhere (SIMULATED nodes).
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startTlsServer, type TestServer } from '../support/simulated/rpc-servers.js';
import {
  createSimulatedRpc,
  startSimulatedNode,
  syntheticChain,
  type SimulatedNode,
} from '../support/simulated/simulated-node.js';
import { StandaloneProcess } from '../support/programs/standalone-process.js';
import {
  describeWithOpenssl,
  makeCertificates,
  type TestCertificates,
} from '../support/servers/tls-certificates.js';

const E = 'consortia/acme/environments/prod';
const PASSWORD = 'correct-horse-7f3a91';
const BASIC = Buffer.from(`reader:${PASSWORD}`).toString('base64');

/** Reads what a stream sends within a second. */
const readBriefly = async (url: string, key: string): Promise<string> => {
  let text = '';
  try {
    const signal = AbortSignal.timeout(1_000);
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${key}`, 'last-event-id': '0' },
      signal,
    });
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  } catch {
    // The stream never ends by itself.
  }
  return text;
};

describeWithOpenssl('a SIMULATED node behind a TLS proxy with basic auth and a client certificate', () => {
  let folder: string;
  let certificates: TestCertificates;
  let validators: SimulatedNode[] = [];
  let monitor: TestServer;
  let accepts = true;
  let standalone: StandaloneProcess | undefined;
  const authorized: boolean[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chainkeep-secure-'));
    certificates = makeCertificates();
    const chain = syntheticChain({ blocks: 50 });
    validators = await Promise.all(['v1', 'v2'].map((nodeId) => startSimulatedNode({ chain, nodeId })));
    const rpc = createSimulatedRpc({ chain, nodeId: 'monitor' });
    monitor = await startTlsServer(rpc, certificates, (header) => {
      const isRight = header === `Basic ${BASIC}`;
      authorized.push(isRight);
      return accepts && isRight;
    });
  });
  afterEach(async () => {
    standalone?.child.kill('SIGKILL');
    await standalone?.ended;
    await Promise.all([...validators, monitor].map((server) => server.close()));
    await rm(folder, { recursive: true, force: true });
  });

  const configure = async (): Promise<string> => {
    const { ca, client } = certificates;
    await writeFile(join(folder, 'ca.pem'), ca);
    await writeFile(join(folder, 'client.pem'), client.cert);
    await writeFile(join(folder, 'client.key'), client.key);
    const file = join(folder, 'network.yaml');
    await writeFile(
      file,
      `consortium: { id: acme, name: Acme }
environments:
  - id: prod
    provider: geth
    nodes:
      - { id: v1, role: validator, rpc: "${validators[0]?.url ?? ''}" }
      - { id: v2, role: validator, rpc: "${validators[1]?.url ?? ''}" }
      - id: monitor
        role: monitor
        rpc: "${monitor.url}"
        auth: { basic: { username: reader, password: "\${NODE_PASSWORD}" } }
        tls: { ca: ca.pem, cert: client.pem, key: client.key }
    backup: { enabled: true }
`,
    );
    return file;
  };

  /** Every secret as it might be written somewhere. */
  const secrets = (): readonly string[] => {
    const keyLine = certificates.client.key.split('\n')[1] ?? '';
    expect(keyLine.length).toBeGreaterThan(20);
    return [PASSWORD, BASIC, Buffer.from(PASSWORD).toString('hex'), keyLine];
  };
  const expectNone = (where: string, content: Buffer): void => {
    for (const secret of secrets()) expect([where, content.includes(secret)]).toEqual([where, false]);
  };

  const run = async (api: StandaloneProcess): Promise<string> => {
    const { status, body } = await api.ask('POST', `${E}/backup/runs`);
    expect(status).toBe(202);
    const path = `${E}/backup/runs/${String(body['_id'])}`;
    await api.until(
      async () => (await api.ask('GET', path)).body['finished_at'] !== undefined,
      'end of the run',
    );
    return path;
  };

  it('is backed up, and its password and key are found nowhere', async () => {
    const home = join(folder, 'home');
    const config = await configure();
    const env = { NODE_PASSWORD: PASSWORD, CHAINKEEP_LOG_LEVEL: 'debug' };
    standalone = await StandaloneProcess.start({ home, config, env });
    const done = await standalone.ask('GET', await run(standalone));
    expect(done.body).toMatchObject({ state: 'completed', range: { end_block: 50 } });
    expect(authorized.length).toBeGreaterThan(0);
    expect(authorized).not.toContain(false);
    // What fails tells what the node answered, never how it was asked.
    accepts = false;
    const failing = await standalone.ask('POST', `${E}/nodes/monitor/probe`);
    expect(failing.body['ok']).toBe(false);
    const paths = [E, `${E}/nodes`, `${E}/backup`, `${E}/backup/status`, `${E}/backup/runs`];
    const { url, key } = standalone;
    const answers = await Promise.all(
      [...paths, `${E}/backup/history?extended=true`].map((path) => standalone!.ask('GET', path)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers[1]?.text).toContain('"auth":"********"');
    const events = await readBriefly(`${url}/api/v1/events`, key);
    expect(events).toContain('NodeRegistered');
    const metrics = await (
      await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })
    ).text();
    for (const { text } of [failing, ...answers]) expectNone('an answer', Buffer.from(text));
    expectNone('the events', Buffer.from(events + metrics));
    expect(await standalone.stop()).toBe(0);
    expectNone('the log', Buffer.from(standalone.output));
    let bytes = 0;
    for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const content = await readFile(join(entry.parentPath, entry.name));
      bytes += content.length;
      expectNone(entry.name, content);
    }
    expect(bytes).toBeGreaterThan(10_000);
    // Secrets that come back masked are not a difference.
    accepts = true;
    standalone = await StandaloneProcess.start({ home, config, env }, key);
    expect(standalone.output).toContain('as in the file');
  });
});
