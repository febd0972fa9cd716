/** @proves A node that says nothing when it is asked for the validators is asked once, and holds up no other question. */
import { describe, expect, it } from '@jest/globals';
import { CodedError, type Hex } from '#libs/kernel';
import type { CertifyJob } from '../segment/export-job.js';
import { StatedValidatorSets } from './stated-validators.js';

const set = (digit: string): readonly Hex[] => [`0x${digit.repeat(40)}`];
const silence = new CodedError('NODE_TIMEOUT', 'No answer.');

const jobOf = (answers: Readonly<Record<string, (block: bigint) => readonly Hex[]>>): CertifyJob => {
  const ids = Object.keys(answers);
  const confirmations = ids.map((nodeId) => ({ nodeId, outcome: 'agrees' }));
  const nodes = ids.map((id) => ({
    id,
    validatorsAt: async (block: bigint) => Promise.resolve(block).then((at) => answers[id]?.(at)),
  }));
  const job = { nodes, planned: { start: 0n, end: 1_000n }, signal: new AbortController().signal };
  return { ...job, backup: { agreed: { rule: 'quorum', confirmations } } } as unknown as CertifyJob;
};

describe('validators that nodes state', () => {
  it('are found without a node that is silent, which is asked once', async () => {
    let asked = 0;
    const changes = (block: bigint): readonly Hex[] => set(block < 600n ? 'a' : 'b');
    const silent = (): readonly Hex[] => {
      asked += 1;
      throw silence;
    };
    const stated = new StatedValidatorSets(jobOf({ v1: changes, v2: changes, v3: changes, v4: silent }));
    await stated.begin();
    expect(stated.sets.map(({ block, nodes }) => [block, nodes])).toStrictEqual([
      [0n, ['v1', 'v2', 'v3']],
      [600n, ['v1', 'v2', 'v3']],
    ]);
    expect(asked).toBe(1);
  });

  it('are asked again of a node that only does not know a block', async () => {
    let asked = 0;
    const forgetful = (block: bigint): readonly Hex[] => {
      asked += 1;
      if (block < 1_000n) throw new CodedError('NODE_RPC_ERROR', 'Internal error.');
      return set('a');
    };
    const stated = new StatedValidatorSets(jobOf({ v1: () => set('a'), v2: forgetful }));
    await stated.begin();
    expect(asked).toBe(2);
  });
});
