/** @proves A real geth imports and executes the chain of the demo network. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startDemoNetwork } from '../../demo/src/index.js';
import { describeWith, pathOfServer } from '../support/servers/real-servers.js';

const SEED_BLOCKS = 150;
const run = promisify(execFile);

const rpc = async <T>(url: string, method: string, ...params: unknown[]): Promise<T> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result } = (await response.json()) as { result: T };
  return result;
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const until = async (condition: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> => {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    if (await condition().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error('The condition did not come true in time.');
};

type Head = Readonly<{ number: string; hash: string; stateRoot: string; totalDifficulty: string }>;

describeWith('geth')('demo network in real geth (CHAINKEEP_GETH)', () => {
  const geth = pathOfServer('geth');
  let root = '';
  let head: Head;
  let sealed: Head;
  let forkedAt = 0;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'chainkeep-demo-geth-'));
    const home = join(root, 'home');
    const options = { home, periodMs: 20, seedBlocks: SEED_BLOCKS, log: () => undefined };
    const network = await startDemoNetwork(options);
    const url = network.nodes[0]?.url ?? '';
    const number = async (): Promise<number> => Number(await rpc<string>(url, 'eth_blockNumber'));
    // The chain that geth gets holds out-of-turn blocks of a forked side, a reorganisation and a restart.
    await until(async () => (await number()) > SEED_BLOCKS + 10);
    await network.control('monitor').fork();
    forkedAt = await number();
    await until(async () => (await number()) > forkedAt + 20);
    await network.control('monitor').heal('mine');
    sealed = await rpc<Head>(url, 'eth_getBlockByNumber', `0x${(forkedAt + 15).toString(16)}`, false);
    await until(async () => (await number()) > forkedAt + 40);
    await network.stop();
    const again = await startDemoNetwork({ ...options, periodMs: 3_600_000 });
    head = await rpc<Head>(again.nodes[4]?.url ?? '', 'eth_getBlockByNumber', 'latest', false);
    await again.stop();
  });

  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it('imports and executes chain.rlp and reaches the same head', async () => {
    const [home, data] = [join(root, 'home'), join(root, 'geth')];
    await run(geth, ['--datadir', data, '--state.scheme', 'hash', 'init', join(home, 'genesis.json')]);
    const { stderr } = await run(geth, [
      ...['--datadir', data, '--syncmode', 'full', '--gcmode', 'archive', '--cache', '128'],
      ...['import', join(home, 'chain.rlp')],
    ]);
    expect(stderr).not.toMatch(/BAD BLOCK|Import error/);
    const port = await freePort();
    const node = spawn(
      geth,
      [
        ...[
          '--datadir',
          data,
          '--nodiscover',
          '--maxpeers',
          '0',
          '--nat',
          'none',
          '--ipcdisable',
          '--port',
          '0',
        ],
        ...['--syncmode', 'full', '--gcmode', 'archive', '--cache', '128', '--authrpc.port', '0'],
        ...['--http', '--http.addr', '127.0.0.1', '--http.port', String(port), '--http.api', 'eth,clique'],
      ],
      { stdio: 'ignore' },
    );
    try {
      const url = `http://127.0.0.1:${port}`;
      await until(async () => (await rpc<string>(url, 'eth_chainId')) !== '');
      const theirs = await rpc<Head>(url, 'eth_getBlockByNumber', 'latest', false);
      expect(theirs).toEqual(head);
      expect(Number(theirs.number)).toBeGreaterThan(forkedAt + 40);
      const middle = await rpc<Head>(url, 'eth_getBlockByNumber', sealed.number, false);
      expect(middle).toEqual(sealed);
      const full = `0x${(SEED_BLOCKS + 2 + (SEED_BLOCKS % 2)).toString(16)}`;
      const network = await startDemoNetwork({ home, periodMs: 3_600_000, log: () => undefined });
      const demo = network.nodes[4]?.url ?? '';
      try {
        for (const block of ['0x0', '0x2', full]) {
          const ours = await rpc(demo, 'eth_getBlockByNumber', block, true);
          expect(ours).toEqual(await rpc(url, 'eth_getBlockByNumber', block, true));
        }
        const signers = await rpc(url, 'clique_getSigners', 'latest');
        expect(await rpc(demo, 'clique_getSigners', 'latest')).toEqual(signers);
      } finally {
        await network.stop();
      }
    } finally {
      node.kill('SIGINT');
      if (node.exitCode === null) await once(node, 'exit');
    }
  });
});
