import { CodedError } from '#libs/kernel';
import { createKeccakModule, FREE_AT, RATE_BYTES, STATE_AT, type KeccakModule } from './keccak-module.js';

const DIGEST_BYTES = 32;
const PAGE_BYTES = 65_536;

/** The memory in which messages are hashed. */
class Workplace {
  readonly #module: KeccakModule;
  #bytes: Uint8Array;

  constructor(module: KeccakModule) {
    this.#module = module;
    this.#bytes = new Uint8Array(module.memory.buffer);
  }

  /** Room for so many bytes from `WORK_AT` on and for the padding behind them; valid until the next call. */
  room(size: number): Uint8Array {
    const needed = FREE_AT + size + RATE_BYTES;
    if (needed > this.#bytes.length) {
      this.#module.memory.grow(Math.ceil((needed - this.#bytes.length) / PAGE_BYTES));
      this.#bytes = new Uint8Array(this.#module.memory.buffer);
    }
    return this.#bytes;
  }

  hash(at: number, length: number): void {
    this.#module.hash(at, length);
  }
}

let workplace: Workplace | undefined;

/** Compiles the hash function. Call once per process or worker before anything else here; repeating is free. */
export const initCrypto = async (): Promise<void> => {
  workplace ??= new Workplace(await createKeccakModule());
};

const ready = (): Workplace => {
  if (workplace === undefined)
    throw new CodedError('INTERNAL', 'initCrypto() was not awaited before hashing.');
  return workplace;
};

/** keccak256 as 32 fresh bytes. Throws INTERNAL when `initCrypto` was not awaited: a fault of the program. */
export const keccak256 = (bytes: Uint8Array): Uint8Array => {
  const place = ready();
  const room = place.room(bytes.length);
  room.set(bytes, WORK_AT);
  place.hash(WORK_AT, bytes.length);
  return room.slice(DIGEST_AT, DIGEST_AT + DIGEST_BYTES);
};

/** Where a message may be written in the bytes of `hashingRoom`, and where `hashInPlace` leaves its 32 bytes. */
export const WORK_AT = FREE_AT;
export const DIGEST_AT = STATE_AT;

/**
 * For messages that are put together and hashed on the spot: memory with `size` bytes from WORK_AT on. It is shared:
 * what is written there is lost with the next `keccak256`. Throws INTERNAL as `keccak256`.
 */
export const hashingRoom = (size: number): Uint8Array => ready().room(size);

/** Hashes what lies in the hashing room and leaves the digest at DIGEST_AT; the 136 bytes behind it are overwritten. */
export const hashInPlace = (at: number, length: number): void => {
  ready().hash(at, length);
};
