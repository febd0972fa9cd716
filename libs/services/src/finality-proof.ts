import {
  blockHash,
  finalityProofKey,
  headerBytesOf,
  readBlockSeals,
  SealJudge,
  type BlockSeals,
  type ConsensusRules,
} from '#libs/archive';
import type { FinalityProof } from '#libs/domain';
import { bytesToHex, type Hex } from '#libs/kernel';

const headerOf = (block: Uint8Array): FinalityProof['other'] => ({
  hash: blockHash(block),
  header: bytesToHex(headerBytesOf(block)),
});

const signersOf = ({ seals }: BlockSeals): readonly Hex[] => seals.flatMap(({ signer }) => signer ?? []);

/** Two blocks of one height, with the validators whose seals are in both. Whether they are sealed is not judged. */
export const finalityProof = (
  backedUp: Uint8Array,
  other: Uint8Array,
  rules: Pick<ConsensusRules, 'curve'>,
): FinalityProof => {
  const [one, two] = [readBlockSeals(backedUp, rules.curve), readBlockSeals(other, rules.curve)];
  const signed = new Set(signersOf(one));
  return {
    height: one.number,
    backedUp: headerOf(backedUp),
    other: headerOf(other),
    doubleSigners: [...new Set(signersOf(two))].filter((signer) => signed.has(signer)).sort(),
  };
};

/**
 * Is this block final by itself, if those were the validators: does its header list them, and are there enough commit
 * seals of theirs? False for Clique and blocks without seals.
 */
export const isSealedBy = (block: Uint8Array, validators: readonly Hex[], rules: ConsensusRules): boolean => {
  const seals = readBlockSeals(block, rules.curve);
  if (validators.length === 0 || !['ibft', 'ibft2', 'qbft'].includes(seals.consensus)) return false;
  const start = { block: seals.number - 1n, validators, votes: [], recent: [], settled: true };
  const { verdict } = new SealJudge({ rules, start }).take(seals);
  return verdict === 'valid' || verdict === 'valid-legacy';
};

/** The validators that a block's header lists. */
export const listedIn = (block: Uint8Array): readonly Hex[] => readBlockSeals(block).listed;

/** A proof as it lies beside the files, the same from the same event. */
export const finalityProofFile = (
  environmentId: string,
  { height, backedUp, other, doubleSigners }: FinalityProof,
): Readonly<{ key: string; bytes: Buffer }> => {
  const document = {
    ...{ environment_id: environmentId, height: height.toString() },
    ...{ backed_up: backedUp, other, double_signers: doubleSigners },
  };
  const key = finalityProofKey(environmentId, height, other.hash);
  return { key, bytes: Buffer.from(`${JSON.stringify(document, null, 2)}\n`) };
};
