import { listed, type Hex } from '#libs/kernel';
import type { RunWarning } from '../backup/backup.events.js';
import type { Consensus } from '../environment/environment.events.js';
import { quorumOf, type Seat } from './agreement.types.js';

export type ValidatorSetInput = Readonly<{
  seats: readonly Seat[];
  excusedIds: readonly string[];
  /** By node id: the registered address, else what the node says of itself; lower case. */
  addresses: ReadonlyMap<string, Hex>;
  /** The validators of the chain at `height`. */
  onChain: readonly Hex[];
  height: bigint;
  consensus: Consensus;
}>;

type Compared = Readonly<{
  /** Addresses on the chain that no registered node has. */
  missing: readonly Hex[];
  /** Registered nodes whose address is not on the chain. */
  stale: readonly string[];
  /** Registered nodes without a known address: each may be one of the missing. */
  unknown: readonly string[];
}>;

const addressesOf = (seat: Seat, { addresses }: ValidatorSetInput): readonly Hex[] =>
  seat.flatMap((id) => addresses.get(id) ?? []);

const compare = (input: ValidatorSetInput): Compared => {
  const { seats, onChain } = input;
  const known = seats.flatMap((seat) => addressesOf(seat, input));
  const has = (seat: Seat) => addressesOf(seat, input).some((address) => onChain.includes(address));
  return {
    missing: onChain.filter((address) => !known.includes(address)),
    stale: seats.filter((seat) => addressesOf(seat, input).length > 0 && !has(seat)).flat(),
    unknown: seats.filter((seat) => addressesOf(seat, input).length === 0).map((seat) => seat.join('/')),
  };
};

/** Do the registered validators fit the chain's? Nodes without a known address may be those that are missing. */
const fits = ({ missing, stale, unknown }: Compared): boolean =>
  stale.length === 0 && missing.length === unknown.length;

const sentences = (input: ValidatorSetInput, { missing, stale, unknown }: Compared): string => {
  const place = `The chain has ${input.onChain.length} validators at block ${input.height}, ${input.seats.length} are registered.`;
  const said = [
    place,
    missing.length === 0 ? '' : `On the chain but not registered: ${listed(missing)}.`,
    stale.length === 0 ? '' : `Registered but not a validator of the chain: ${named(stale, input)}.`,
    unknown.length === 0 ? '' : `Address unknown: ${listed(unknown)}.`,
  ];
  return said.filter((each) => each !== '').join(' ');
};

const named = (ids: readonly string[], { addresses }: ValidatorSetInput): string =>
  listed(ids.map((id) => (addresses.has(id) ? `${id} (${addresses.get(id)})` : id)));

/** How many validators the chain itself needs for a block to hold: more than half on Clique, else two thirds. */
const chainQuorum = ({ consensus, onChain }: ValidatorSetInput): number =>
  consensus === 'clique' ? Math.floor(onChain.length / 2) + 1 : quorumOf(onChain.length);

/** How many validators of the chain were asked: nodes of one address count once, those of unknown address each. */
const askedOf = (input: ValidatorSetInput): number => {
  const { seats, excusedIds, onChain } = input;
  const addresses = seats
    .filter((seat) => !seat.every((id) => excusedIds.includes(id)))
    .map((seat) => addressesOf(seat, input));
  const known = new Set(addresses.flat().filter((address) => onChain.includes(address)));
  return known.size + addresses.filter((own) => own.length === 0).length;
};

/** What is odd about the registered validators beside those of the chain: who is missing, who left, and too few asked. */
export const compareValidators = (input: ValidatorSetInput): readonly RunWarning[] => {
  const { onChain, height } = input;
  const compared = compare(input);
  const warnings: RunWarning[] = [];
  if (!fits(compared)) {
    const nodes = [...compared.stale];
    warnings.push({
      code: 'VALIDATOR_SET_DIFFERS',
      message: sentences(input, compared),
      ...(nodes.length === 0 ? {} : { nodes }),
      height,
    });
  }
  const asked = askedOf(input);
  const quorum = chainQuorum(input);
  if (asked < quorum) {
    const message = `Only ${asked} of the ${onChain.length} validators of the chain confirm this backup, but the chain itself needs ${quorum}: those ${asked} could agree on blocks that the chain does not keep.`;
    warnings.push({ code: 'VALIDATORS_BELOW_QUORUM', message, height });
  }
  return warnings;
};
