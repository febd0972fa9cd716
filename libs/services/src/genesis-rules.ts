import { consensusRules, DEFAULT_RULES, type ConsensusRules } from '#libs/archive';
import type { LiveEnvironment } from '#libs/domain';
import { CodedError, sha256Hex } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import { readSmall } from './read-small.js';

/**
 * The rules of an environment's genesis document, the defaults where none was provided. The bucket is believed no more
 * than a node is: throws GENESIS_ALTERED when the document is gone or isn't the one that was provided.
 */
export const genesisRulesOf = async (
  { genesis }: Pick<LiveEnvironment, 'genesis'>,
  managed: ObjectStore,
): Promise<ConsensusRules> => {
  if (genesis === undefined) return DEFAULT_RULES;
  const text = await readSmall(managed, genesis.key);
  if (text === undefined || sha256Hex(text) !== genesis.sha256)
    throw new CodedError(
      'GENESIS_ALTERED',
      `${genesis.key} in the managed bucket is ${text === undefined ? 'missing' : 'not the document that was provided'}.`,
      { context: { key: genesis.key, expected: genesis.sha256 } },
    );
  const { config } = JSON.parse(text.toString('utf8')) as { config?: Record<string, unknown> };
  return consensusRules(config ?? {});
};
