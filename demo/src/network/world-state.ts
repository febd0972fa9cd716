import { cliqueSigner, type Block, type BlockHeader } from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import { MerkleStateManager } from '@ethereumjs/statemanager';
import { createAccount, createAddressFromString, setLengthLeft, type Address } from '@ethereumjs/util';
import { createVM, runBlock, type RunBlockResult, type VM } from '@ethereumjs/vm';
import { bytesToHex, CodedError, type Hex } from '#libs/kernel';
import { CONTRACT, CONTRACT_SLOTS, RECIPIENTS, SIGNERS } from './accounts.js';
import { GENESIS_BALANCE } from './genesis.js';

/** One account; numbers are decimal strings, storage goes from slot to value (both hex, zero values left out). */
export type AccountDump = Readonly<{
  nonce: string;
  balance: string;
  code: Hex;
  storage: Readonly<Record<Hex, Hex>>;
}>;
export type StateDump = Readonly<{ root: Hex; accounts: Readonly<Record<string, AccountDump>> }>;

const ACCOUNTS: readonly Address[] = [...SIGNERS.map(({ address }) => address), ...RECIPIENTS, CONTRACT];
const toBytes = (hex: Hex): Uint8Array => Uint8Array.from(Buffer.from(hex.slice(2), 'hex'));
const slotKey = (slot: number): Uint8Array => setLengthLeft(Uint8Array.of(slot), 32);

/**
 * The state of the chain after one block, executed by @ethereumjs/vm. The trie in memory keeps old nodes, so it grows with
 * every block: the owner calls {@link dump} and {@link load} now and then, which keeps the 13 accounts and nothing else.
 */
export class WorldState {
  private constructor(
    private readonly vm: VM,
    private readonly common: Common,
  ) {}

  private static async create(shared: Common): Promise<WorldState> {
    // An EVM listens to its Common for ever: with a shared one, no state that was left behind could be freed.
    const common = shared.copy();
    const stateManager = new MerkleStateManager({ common });
    const vm = await createVM({
      common,
      stateManager,
      evmOpts: { cliqueSigner: (header) => cliqueSigner(header as unknown as BlockHeader) },
    });
    return new WorldState(vm, common);
  }

  static async genesis(common: Common): Promise<WorldState> {
    const state = await WorldState.create(common);
    for (const { address } of SIGNERS) {
      await state.vm.stateManager.putAccount(address, createAccount({ balance: GENESIS_BALANCE }));
    }
    return state;
  }

  /** @throws CodedError `BLOCK_INVALID` when the accounts do not have the root that the dump states */
  static async load(common: Common, dump: StateDump): Promise<WorldState> {
    const state = await WorldState.create(common);
    const { stateManager } = state.vm;
    for (const [text, { nonce, balance, code, storage }] of Object.entries(dump.accounts)) {
      const address = createAddressFromString(text);
      await stateManager.putAccount(
        address,
        createAccount({ nonce: BigInt(nonce), balance: BigInt(balance) }),
      );
      if (code !== '0x') await stateManager.putCode(address, toBytes(code));
      for (const [slot, value] of Object.entries(storage)) {
        await stateManager.putStorage(address, toBytes(slot as Hex), toBytes(value));
      }
    }
    const root = await state.root();
    if (root === dump.root) return state;
    throw new CodedError('BLOCK_INVALID', 'A state of the demo network does not have the root it states.', {
      context: { expected: dump.root, actual: root },
    });
  }

  async dump(): Promise<StateDump> {
    const accounts: Record<string, AccountDump> = {};
    for (const address of ACCOUNTS) {
      const account = await this.vm.stateManager.getAccount(address);
      if (account === undefined) continue;
      accounts[address.toString()] = {
        nonce: account.nonce.toString(),
        balance: account.balance.toString(),
        code: bytesToHex(await this.vm.stateManager.getCode(address)),
        storage: account.isContract() ? await this.storageOf(address) : {},
      };
    }
    return { root: await this.root(), accounts };
  }

  /** A separate copy of this state. */
  async copy(): Promise<WorldState> {
    return WorldState.load(this.common, await this.dump());
  }

  async root(): Promise<Hex> {
    return bytesToHex(await this.vm.stateManager.getStateRoot());
  }

  /** Goes back to an earlier root, which a failed step may have left. */
  async reset(root: Uint8Array): Promise<void> {
    await this.vm.stateManager.setStateRoot(root);
  }

  async nonceOf(address: Address): Promise<bigint> {
    return (await this.vm.stateManager.getAccount(address))?.nonce ?? 0n;
  }

  /** Executes a draft (sealed, so that fees reach its signer) and tells the roots its header has to state. */
  async executeDraft(block: Block): Promise<RunBlockResult> {
    return runBlock(this.vm, { block, generate: true, skipBlockValidation: true });
  }

  /** Executes a finished block; rejects, without changing the state, when a root, the bloom or the gas differs from its header. */
  async executeAndCheck(block: Block): Promise<void> {
    await runBlock(this.vm, { block, skipHeaderValidation: true });
  }

  private async storageOf(address: Address): Promise<Record<Hex, Hex>> {
    const storage: Record<Hex, Hex> = {};
    for (let slot = 0; slot < CONTRACT_SLOTS; slot += 1) {
      const value = await this.vm.stateManager.getStorage(address, slotKey(slot));
      if (value.length > 0) storage[bytesToHex(slotKey(slot))] = bytesToHex(value);
    }
    return storage;
  }
}
