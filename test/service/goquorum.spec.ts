/** @proves Blocks and validators of a real GoQuorum are read correctly when GOQUORUM_GETH is set. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gatherSegment, SegmentCollector } from '#libs/chain';
import { openTestNode, TestClock } from '../../libs/chain/src/testing.js';
import { quorumChain } from '../support/simulated/fixture-chains.js';
import { freePorts } from '../support/servers/free-ports.js';

const binary = process.env['GOQUORUM_GETH'] ?? '';
const run = promisify(execFile);

/** Only with a binary that GOQUORUM_GETH names: no registry has one. The same blocks are served SIMULATED in clients.spec.ts. */
(binary === '' ? describe.skip : describe)('a real GoQuorum (GOQUORUM_GETH)', () => {
  const chain = quorumChain('ibft-legacy');
  let folder: string;
  let url: string;
  let child: ChildProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'goquorum-'));
    const documents = JSON.parse(
      await readFile(new URL('../fixtures/genesis.json', import.meta.url), 'utf8'),
    ) as Record<string, unknown>;
    await writeFile(join(folder, 'genesis.json'), JSON.stringify(documents['quorum-ibft']));
    const blocks = Array.from({ length: Number(chain.head) }, (_, index) => chain.raw(BigInt(index + 1))!);
    await writeFile(join(folder, 'chain.rlp'), Buffer.concat(blocks));
    const env = { ...process.env, PRIVATE_CONFIG: 'ignore' };
    const data = ['--datadir', join(folder, 'data')];
    await run(binary, [...data, 'init', join(folder, 'genesis.json')], { env });
    await run(binary, [...data, 'import', join(folder, 'chain.rlp')], { env });
    const [port = 0] = await freePorts(1);
    url = `http://127.0.0.1:${port}`;
    const http = ['--http', '--http.addr', '127.0.0.1', '--http.port', String(port)];
    const apis = ['--http.api', 'eth,net,web3,debug,admin,istanbul'];
    const quiet = ['--nodiscover', '--maxpeers', '0', '--port', '0', '--syncmode', 'full'];
    child = spawn(binary, [...data, ...http, ...apis, ...quiet], { env, stdio: 'ignore' });
    const node = openTestNode(url, 'waiting', {}, 'quorum');
    for (const end = Date.now() + 30_000; Date.now() < end;) {
      if (await node.survey([]).catch(() => undefined)) break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await node.close();
  });
  afterAll(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });

  it('gives the blocks of the fixture byte for byte and names its validators', async () => {
    const node = openTestNode(url, 'quorum', {}, 'quorum');
    const collector = new SegmentCollector({
      range: { start: 0n, end: chain.head },
      parentHash: undefined,
      endHash: chain.header(chain.head).hash,
    });
    const chunks: Uint8Array[] = [];
    const sink = { write: ({ bytes }: { bytes: Uint8Array }): void => void chunks.push(bytes) };
    await gatherSegment({ nodes: [node], collector, sink }, { clock: new TestClock(), random: () => 0.5 });
    const raws = Array.from({ length: Number(chain.head) + 1 }, (_, number) => chain.raw(BigInt(number))!);
    expect(Buffer.concat(chunks).equals(Buffer.concat(raws))).toBe(true);
    expect(await node.validatorsAt(chain.head)).toHaveLength(1);
    await node.close();
  });
});
