import type { LiveEnvironment } from '#libs/domain';

/** The text for anyone who finds the bucket and has nothing else. */
export const readmeOf = ({ environmentId, name, provider, genesis }: LiveEnvironment): string =>
  `Chainkeep backup of the chain "${name}" (environment ${environmentId}, client ${provider})

What lies here
  <date>-block-<first>-<last>.rlp       blocks in the order of the chain, as the client's own "export" writes them
                                         (.rlp.gz: the same, gzip)
  <that name>.manifest.json              size, SHA-256, block offsets, content root, who confirmed the end block
  backup_snapshot.json                   the history: every file here since block 0; entries with
                                         "canonical_chain": false were replaced by newer files after a fork
  genesis.json                           the genesis document${genesis === undefined ? ' (NOT PROVIDED YET: without it this copy can be verified, not restored)' : ''}
  .chainkeep                             which installation writes here, for which chain; do not edit
Other small files beside them (validator sets) belong to the same chain.

How to check it
  npx chainkeep verify <this place>      digests, blocks, parent links, confirmations; no service is needed
  sha256sum <file>                       must be "sha256" in the file's manifest

How to restore it
  For each start block take the newest file (by date) whose "canonical_chain" is true, in the order of the blocks:
  geth init genesis.json, then geth import <file> for one file after another (the same with GoQuorum; with Besu:
  besu --genesis-file=genesis.json blocks import --from=<file>), or npx chainkeep restore.

What is not in it
  No private payloads, no validator keys, no node configuration.

Nothing here is ever deleted or overwritten by Chainkeep, except that a damaged file is healed.
`;
