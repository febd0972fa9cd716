import { consensusRules, DEFAULT_RULES, type ConsensusRules } from '#libs/archive';
import type { LiveEnvironment } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import { genesisFile, readRecorded, type CopyParts } from './recorded-files.js';

/**
 * The genesis document of an environment; `undefined` where none was provided. The bucket is believed no more than a
 * node is: a document that is gone or isn't the one that was provided is replaced by a target's copy that is. Throws
 * GENESIS_ALTERED when there is none.
 */
export const readGenesis = async (
  environment: Pick<LiveEnvironment, 'environmentId' | 'genesis'>,
  store: ObjectStore,
  parts: CopyParts,
): Promise<Buffer | undefined> => {
  const { environmentId, genesis } = environment;
  const file = genesisFile(environment, parts);
  if (file === undefined) return undefined;
  const found = await readRecorded({ store, environmentId }, file, parts);
  if (found !== undefined) return found.bytes;
  throw new CodedError(
    'GENESIS_ALTERED',
    `${file.key} in the managed bucket is missing or is not the document that was provided, and no target has a good copy.`,
    { context: { key: file.key, expected: genesis?.sha256 } },
  );
};

/** The rules of an environment's genesis document, the defaults where none was provided. Throws as `readGenesis`. */
export const genesisRulesOf = async (
  environment: Pick<LiveEnvironment, 'environmentId' | 'genesis'>,
  store: ObjectStore,
  parts: CopyParts,
): Promise<ConsensusRules> => {
  const text = await readGenesis(environment, store, parts);
  if (text === undefined) return DEFAULT_RULES;
  const { config } = JSON.parse(text.toString('utf8')) as { config?: Record<string, unknown> };
  return consensusRules(config ?? {});
};
