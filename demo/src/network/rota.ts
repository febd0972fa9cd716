/** A signer's place in the order of addresses. */
export type SignerIndex = number;

const SIGNER_COUNT = 4;
/** Clique: a signer may seal one block in each floor(N/2)+1, so the last two signers must wait. */
export const RECENT_SIGNERS = 2;
const DIFFICULTY_IN_TURN = 2n;
const DIFFICULTY_OUT_OF_TURN = 1n;
/**
 * Who steps in, as distances from the one in turn, when that one may not or cannot seal: first the signer whose own turn is
 * farthest away, so that the next turns find their signers rested. The other order in every third block keeps all four from
 * following each other out of turn for ever: the chain is back in step within ten blocks (real nodes wait a random time instead).
 */
const STAND_INS = [0, 3, 1, 2];
const STAND_INS_OF_THIRD = [0, 3, 2, 1];

/**
 * Picks who seals block `number`.
 * @param keys places of the signers whose keys this side holds
 * @param recent who sealed the last two blocks
 * @returns undefined when every key at hand has to wait: Clique stalls with half of its signers or fewer
 */
export const pickSigner = (
  number: bigint,
  keys: ReadonlySet<SignerIndex>,
  recent: readonly SignerIndex[],
): Readonly<{ signer: SignerIndex; difficulty: bigint }> | undefined => {
  const inTurn = Number(number % BigInt(SIGNER_COUNT));
  const distances = number % 3n === 0n ? STAND_INS_OF_THIRD : STAND_INS;
  const candidates = distances.map((distance) => (inTurn + distance) % SIGNER_COUNT);
  const signer = candidates.find((candidate) => keys.has(candidate) && !recent.includes(candidate));
  if (signer === undefined) return undefined;
  return { signer, difficulty: signer === inTurn ? DIFFICULTY_IN_TURN : DIFFICULTY_OUT_OF_TURN };
};
