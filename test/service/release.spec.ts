/** @proves An operator releases a held file and re-anchors evidence over the API and the command line (SIMULATED nodes). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Run } from '../../apps/cli/src/service/api-client.js';
import { cliError, runCliProcess, type CliEnded } from '../support/programs/run-cli.js';
import { StandaloneProcess } from '../support/programs/standalone-process.js';
import { sealedChain, testKey } from '../support/sealed-chain.js';
import { chainOfBlocks } from '../support/simulated/simulated-chain.js';
import { startSimulatedNode, type SimulatedNode } from '../support/simulated/simulated-node.js';

const PATH = 'consortia/c/environments/e/backup';
const GOOD = [0, 1, 2, 3];
const STRANGERS = [10, 11, 12, 13];

let home: string;
let nodes: SimulatedNode[] = [];
let service: StandaloneProcess;
const cli = (...args: string[]): Promise<CliEnded> =>
  runCliProcess(args, { CHAINKEEP_URL: service.url, CHAINKEEP_TOKEN: service.key });

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'release-'));
  const chain = sealedChain({
    consensus: 'qbft',
    blocks: 40,
    validatorsAt: (block) => (block < 8 ? GOOD : STRANGERS),
  });
  nodes = await Promise.all(
    ['monitor', 'v1', 'v2'].map((nodeId) =>
      startSimulatedNode({ chain: chainOfBlocks(chain.raws, chain.hashes), nodeId }),
    ),
  );
  const [monitor, one, two] = nodes.map(({ url }) => url);
  const genesis = join(home, 'genesis.json');
  await writeFile(genesis, JSON.stringify(chain.genesis));
  const config = join(home, 'network.yaml');
  await writeFile(
    config,
    JSON.stringify({
      consortium: { id: 'c', name: 'C' },
      environments: [
        {
          ...{ id: 'e', provider: 'quorum', consensus: 'qbft', genesis },
          nodes: [
            { id: 'monitor', role: 'monitor', rpc: monitor },
            { id: 'v1', role: 'validator', rpc: one },
            { id: 'v2', role: 'validator', rpc: two },
          ],
          // Enabled, and never due while the test runs.
          backup: { enabled: true, every_blocks: 1_000_000 },
        },
      ],
    }),
  );
  service = await StandaloneProcess.start({ home: join(home, 'home'), config });
});
afterAll(async () => {
  await service.stop();
  await Promise.all(nodes.map((node) => node.close()));
  await rm(home, { recursive: true, force: true });
});

const at = (head: bigint): void => {
  for (const { rpc } of nodes) rpc.chain.head = head;
};
const newestRun = async (): Promise<Run> =>
  (JSON.parse((await service.ask('GET', `${PATH}/runs`)).text) as Run[])[0]!;

it('a held file is named, released with a reason, and recorded by the next run with its verdict', async () => {
  expect((await service.ask('GET', PATH)).body).toMatchObject({ evidence: 'require' });
  at(7n);
  expect((await cli('backup', 'run')).code).toBe(0);
  at(15n);
  const held = await cli('backup', 'run');
  expect(held.code).toBe(1);
  expect(held.err).toMatch(/error CERTIFICATE_INVALID: Block 8 .* served by monitor, v1, v2/);
  const { _id: run } = await newestRun();
  expect((await service.ask('POST', `${PATH}/runs/${run}/release`, {})).status).toBe(400);
  expect(await cli('backup', 'release', 'other', '--reason', 'x')).toMatchObject({
    code: 3,
    err: expect.stringMatching(cliError('NOTHING_TO_RELEASE')),
  });
  expect(await cli('backup', 'release', run, '--reason', 'the keys were handed over')).toMatchObject({
    code: 0,
    out: 'Blocks 8 to 15 are released. The next run records them with their verdict.\n',
  });
  const { out } = await cli('backup', 'run');
  expect(out).toContain('blocks 8 to 15');
  expect(out).toContain('the keys were handed over');
  expect((await newestRun()).warnings).toEqual(['CERTIFICATE_INVALID']);
});

it('re-anchoring follows the validators that the nodes state', async () => {
  for (const { rpc } of nodes) rpc.validatorsAt = () => STRANGERS.map((key) => testKey(key).hex);
  const reanchored = await service.ask('POST', `${PATH}/reanchor`, { reason: 'new operators' });
  expect(reanchored).toMatchObject({ status: 200, body: { block: 15, reason: 'new operators' } });
  expect((await cli('backup', 'reanchor', '--reason', 'new operators')).out).toBe(
    'Validators are followed from block 15 on, as the nodes state them there.\n',
  );
  at(25n);
  const { code, out } = await cli('backup', 'run');
  // Only two of the four validators are registered: too few, which no one may overlook.
  expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('blocks 16 to 25') });
  expect((await newestRun()).warnings).toEqual(['VALIDATOR_SET_DIFFERS', 'VALIDATORS_BELOW_QUORUM']);
});
