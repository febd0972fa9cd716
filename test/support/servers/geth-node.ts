import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { accountOf, CHAIN_ID, GAS_LIMIT, identityOf, keyFileOf, PASSWORD } from './geth-accounts.js';

const run = promisify(execFile);
const START_TIMEOUT_MS = 240_000;
const STOP_TIMEOUT_MS = 30_000;
const STORAGE = ['--state.scheme', 'hash', '--gcmode', 'archive'];

export type Head = Readonly<{ number: number; hash: string }>;

export type GethNodeOptions = Readonly<{
  binary: string;
  name: string;
  /** Folder for everything of this node; short, because its IPC socket lies in it. */
  folder: string;
  genesisFile: string;
  /** Index of the account it seals with; none for a node that only follows. */
  signer?: number;
  httpPort: number;
  p2pPort: number;
  authPort: number;
}>;

const later = async (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** One geth process with its own data directory. It can be stopped and started again. */
export class GethNode {
  readonly name: string;
  readonly url: string;
  readonly wsUrl: string;
  readonly ipcPath: string;
  readonly dataDir: string;
  readonly enode: string;
  /** Address it seals with. */
  readonly address: string | undefined;
  private readonly nodeKey: string;
  private readonly logFile: string;
  private process: ChildProcess | undefined;

  constructor(private readonly options: GethNodeOptions) {
    const { name, folder, httpPort, p2pPort, signer } = options;
    const identity = identityOf(name);
    this.name = name;
    this.url = `http://127.0.0.1:${httpPort}`;
    this.wsUrl = `ws://127.0.0.1:${httpPort}`;
    this.ipcPath = join(folder, 'g.ipc');
    this.dataDir = join(folder, 'd');
    this.logFile = join(folder, 'geth.log');
    this.nodeKey = identity.nodeKey;
    this.enode = `enode://${identity.publicKey}@127.0.0.1:${p2pPort}`;
    this.address = signer === undefined ? undefined : accountOf(signer).address;
  }

  get running(): boolean {
    return this.process !== undefined;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Writes the genesis block and the keys; once, before the first start. */
  async init(): Promise<void> {
    const { folder, signer, genesisFile } = this.options;
    await mkdir(join(this.dataDir, 'keystore'), { recursive: true });
    await writeFile(join(folder, 'nodekey'), this.nodeKey);
    await writeFile(join(folder, 'pw'), PASSWORD);
    if (signer !== undefined) {
      await writeFile(join(this.dataDir, 'keystore', `UTC--key${signer}`), keyFileOf(accountOf(signer)));
    }
    await this.command('init', genesisFile);
  }

  /** Starts it and waits until it answers. `peers` are those it dials and keeps dialling. */
  async start(peers: readonly GethNode[] = []): Promise<void> {
    if (this.process) return;
    const [program = '', ...args] = await this.commandLine(peers);
    const log = openSync(this.logFile, 'a');
    const child = spawn(program, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.process = child;
    child.once('exit', () => {
      if (this.process === child) this.process = undefined;
    });
    await this.untilItAnswers(child);
  }

  /** Lets a signer seal; nothing happens on the others. */
  async seal(): Promise<void> {
    if (this.address !== undefined) await this.rpc('miner_start');
  }

  /** Program and arguments that run it, for another process to start it; writes its configuration. */
  async commandLine(peers: readonly GethNode[] = []): Promise<readonly string[]> {
    const config = join(this.options.folder, 'config.toml');
    const { p2pPort } = this.options;
    const enodes = peers.filter((peer) => peer !== this).map(({ enode }) => JSON.stringify(enode));
    await writeFile(
      config,
      `[Node.P2P]\nListenAddr = "127.0.0.1:${p2pPort}"\nStaticNodes = [${enodes.join(',')}]\n`,
    );
    return [this.options.binary, '--config', config, ...this.arguments()];
  }

  /** Arguments of `geth export` on the stopped node, to be followed by file, first and last. */
  get exportArgv(): readonly string[] {
    return [this.options.binary, '--datadir', this.dataDir, ...STORAGE, '--verbosity', '1', 'export'];
  }

  /** Ends it in order (SIGINT), by force after 30 s. */
  async stop(): Promise<void> {
    await this.end('SIGINT');
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** At once and without waiting, for the end of the test process. */
  killNow(): void {
    this.process?.kill('SIGKILL');
  }

  async rpc<T = unknown>(method: string, ...params: readonly unknown[]): Promise<T> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(10_000),
    });
    const { result, error } = (await response.json()) as { result?: T; error?: { message: string } };
    if (error) throw new Error(`${this.name} ${method}: ${error.message}`);
    return result as T;
  }

  async head(): Promise<Head> {
    const block = await this.rpc<{ number: string; hash: string }>('eth_getBlockByNumber', 'latest', false);
    return { number: Number(block.number), hash: block.hash };
  }

  /** Hash of a block, `undefined` when the node does not have it. */
  async hashOf(number: number): Promise<string | undefined> {
    const hex = `0x${number.toString(16)}`;
    return (await this.rpc<{ hash: string } | null>('eth_getBlockByNumber', hex, false))?.hash;
  }

  async peerCount(): Promise<number> {
    return Number(await this.rpc<string>('net_peerCount'));
  }

  /** `geth export` of an inclusive range; the node must be stopped. */
  async exportTo(file: string, first: number, last: number): Promise<void> {
    await this.command('export', file, String(first), String(last));
  }

  /** `geth import`; the node must be stopped. */
  async importFrom(files: readonly string[]): Promise<void> {
    await this.command('import', ...files);
  }

  /** The end of its log, for messages of failed tests. */
  async logTail(lines = 15): Promise<string> {
    return (await readFile(this.logFile, 'utf8')).split('\n').slice(-lines).join('\n');
  }

  private arguments(): string[] {
    const { folder, httpPort, authPort } = this.options;
    const apis = 'eth,net,web3,debug,admin,clique,txpool,miner,personal';
    const following = [
      ...['--datadir', this.dataDir, ...STORAGE, '--networkid', String(CHAIN_ID), '--syncmode', 'full'],
      ...['--nodekey', join(folder, 'nodekey'), '--nodiscover', '--nat', 'none'],
      ...['--netrestrict', '127.0.0.0/8', '--ipcpath', this.ipcPath, '--cache', '64', '--verbosity', '3'],
      ...['--http', '--http.addr', '127.0.0.1', '--http.port', String(httpPort), '--http.api', apis],
      ...['--ws', '--ws.addr', '127.0.0.1', '--ws.port', String(httpPort), '--ws.api', apis],
      ...['--authrpc.addr', '127.0.0.1', '--authrpc.port', String(authPort)],
    ];
    if (this.address === undefined) return following;
    return [
      ...following,
      ...['--miner.etherbase', this.address, '--unlock', this.address],
      ...['--password', join(folder, 'pw'), '--allow-insecure-unlock'],
      ...['--miner.gasprice', '1', '--miner.gaslimit', String(GAS_LIMIT)],
    ];
  }

  private async command(name: string, ...args: readonly string[]): Promise<void> {
    await run(this.options.binary, ['--datadir', this.dataDir, ...STORAGE, name, ...args], {
      maxBuffer: 64 << 20,
    });
  }

  private async untilItAnswers(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        child.kill('SIGKILL');
        throw new Error(`${this.name} does not answer:\n${await this.logTail()}`);
      }
      const answers = await this.rpc('eth_chainId').catch(() => undefined);
      if (answers !== undefined) return;
      await later(100);
    }
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(force);
  }
}
