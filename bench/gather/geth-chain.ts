import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what takes long to make is kept, outside the checkout. */
export const cacheDirectory = (): string =>
  process.env['CHAINKEEP_CACHE'] ?? join(homedir(), '.cache', 'chainkeep');

export type GethChain = Readonly<{ geth: string; directory: string; dataDirectory: string; blocks: number }>;

const ACCOUNTS = [
  '015901f30aeb963cda97c5d866d928851a389a1d',
  '27c2056497952f1b9fc44aa3e6e77cfa03647879',
  '9ef9fb9a5047ba5397770a1243392ce9f1ce8c04',
  'd14f008cdd799fd1aa4cd170e8322dd36804208c',
];

/** geth 1.13.15: what CHAINKEEP_GETH names, else the one in the cache; `undefined` when there is none. */
export const gethBinary = (): string | undefined =>
  [process.env['CHAINKEEP_GETH'], join(cacheDirectory(), 'geth-1.13.15', 'geth')].find(
    (path) => path !== undefined && existsSync(path),
  );

/** Genesis of a Clique chain signed by the four accounts that cliquegen derives. */
const genesis = (): string => {
  const forks = ['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople', 'petersburg'];
  const config = Object.fromEntries(
    [...forks, 'istanbul', 'berlin', 'london'].map((fork) => [`${fork}Block`, 0]),
  );
  return JSON.stringify({
    config: { chainId: 4242, ...config, clique: { period: 1, epoch: 30000 } },
    difficulty: '0x1',
    gasLimit: '0x1c9c380',
    timestamp: '0x65920080',
    extraData: `0x${'0'.repeat(64)}${ACCOUNTS.join('')}${'0'.repeat(130)}`,
    alloc: Object.fromEntries(ACCOUNTS.map((account) => [account, { balance: '0x33b2e3c9fd0803ce8000000' }])),
  });
};

/** The stopped node's chain of this number of blocks, made once: generated, then imported (300 to 400 blocks/s). */
export const prepareChain = (geth: string, blocks: number): GethChain => {
  const directory = join(cacheDirectory(), `gather-${blocks}`);
  const dataDirectory = join(directory, 'data');
  const chain = { geth, directory, dataDirectory, blocks };
  const marker = join(directory, 'imported');
  if (existsSync(marker)) return chain;
  mkdirSync(directory, { recursive: true });
  const log = openSync(join(directory, 'prepare.log'), 'w');
  const run = (command: string, args: string[]): void => {
    execFileSync(command, args, { cwd: directory, stdio: ['ignore', log, log] });
  };
  writeFileSync(join(directory, 'genesis.json'), genesis());
  run(buildGenerator(), ['-genesis', 'genesis.json', '-out', 'chain.rlp', '-blocks', String(blocks)]);
  run(geth, ['--datadir', 'data', '--state.scheme', 'hash', 'init', 'genesis.json']);
  run(geth, ['--datadir', 'data', '--state.scheme', 'hash', '--gcmode', 'archive', 'import', 'chain.rlp']);
  closeSync(log);
  writeFileSync(marker, 'imported\n');
  return chain;
};

const buildGenerator = (): string => {
  const directory = join(cacheDirectory(), 'cliquegen');
  const binary = join(directory, 'cliquegen');
  if (existsSync(binary)) return binary;
  mkdirSync(directory, { recursive: true });
  execFileSync('go', ['build', '-ldflags=-checklinkname=0', '-o', binary, '.'], {
    cwd: join(process.cwd(), 'test', 'tools', 'cliquegen'),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return binary;
};

/** Seconds that `geth export` of the range takes on the stopped node. */
export const exportSeconds = (chain: GethChain, file: string): number => {
  const startedMs = performance.now();
  const args = ['--datadir', chain.dataDirectory, '--verbosity', '1'];
  execFileSync(chain.geth, [...args, 'export', file, '0', String(chain.blocks)], { stdio: 'ignore' });
  return (performance.now() - startedMs) / 1000;
};

export type RunningGeth = Readonly<{
  httpUrl: string;
  /** WebSocket without the debug API. */
  wsUrl: string;
  ipcPath: string;
  /** Seconds of CPU the process has used. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}>;

export const startGeth = async (chain: GethChain): Promise<RunningGeth> => {
  const [port, authPort] = [await freePort(), await freePort()];
  const ipcPath = join(chain.dataDirectory, 'geth.ipc');
  const log = openSync(join(chain.directory, 'geth.log'), 'w');
  const args = ['--datadir', chain.dataDirectory, '--networkid', '4242', '--state.scheme', 'hash'];
  args.push('--gcmode', 'archive', '--syncmode', 'full', '--nodiscover', '--maxpeers', '0', '--port', '0');
  args.push('--http', '--http.addr', '127.0.0.1', '--http.port', String(port));
  args.push('--http.api', 'eth,net,web3,debug,admin,clique', '--ipcpath', ipcPath);
  args.push('--ws', '--ws.addr', '127.0.0.1', '--ws.port', String(port), '--ws.api', 'eth,net,web3');
  args.push('--authrpc.addr', '127.0.0.1', '--authrpc.port', String(authPort));
  const child = spawn(chain.geth, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const httpUrl = `http://127.0.0.1:${port}`;
  await waitForRpc(httpUrl);
  const wsUrl = `ws://127.0.0.1:${port}`;
  return { httpUrl, wsUrl, ipcPath, cpuSeconds: () => cpuOf(child), stop: () => stop(child) };
};

const stop = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.kill('SIGINT');
  });

const cpuOf = (child: ChildProcess): number => {
  const fields = readFileSync(`/proc/${child.pid ?? 0}/stat`, 'utf8')
    .split(') ')[1]
    ?.split(' ');
  return (Number(fields?.[11]) + Number(fields?.[12])) / 100;
};

const waitForRpc = async (url: string): Promise<void> => {
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}';
  for (let attempt = 0; attempt < 300; attempt++) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', body, headers }).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('geth did not start');
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
