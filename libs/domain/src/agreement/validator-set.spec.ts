import { describe, expect, it } from '@jest/globals';
import type { Hex } from '#libs/kernel';
import { compareValidators, type ValidatorSetInput } from './validator-set.js';

const address = (digit: string): Hex => `0x${digit.repeat(40)}`;
const FOUR = ['1', '2', '3', '4'].map(address);
const compare = (addresses: Readonly<Record<string, string>>, changes: Partial<ValidatorSetInput> = {}) =>
  compareValidators({
    seats: [['v1'], ['v2'], ['v3'], ['v4']],
    excusedIds: [],
    addresses: new Map(Object.entries(addresses).map(([id, digit]) => [id, address(digit)])),
    onChain: FOUR,
    height: 100n,
    consensus: 'qbft',
    ...changes,
  });

describe('the registered validators beside those of the chain', () => {
  it('are named only so far that the text fits into an event, however many there are', () => {
    const onChain = Array.from({ length: 500 }, (_, n): Hex => `0x${n.toString(16).padStart(40, '0')}`);
    for (const { message } of compare({}, { onChain })) expect(message.length).toBeLessThan(2_000);
    expect(compare({}, { onChain })[0]?.message).toContain('and 480 more');
  });

  it('are in order when each is there, or may be', () => {
    expect(compare({ v1: '1', v2: '2', v3: '3', v4: '4' })).toStrictEqual([]);
    expect(compare({ v1: '1' })).toStrictEqual([]);
    expect(compare({})).toStrictEqual([]);
  });

  it('are told apart by address: who is missing, who left, whose address is unknown', () => {
    const [warning, ...more] = compare({ v1: '1', v2: '2', v3: '9' });
    expect(more).toStrictEqual([]);
    expect(warning).toMatchObject({ code: 'VALIDATOR_SET_DIFFERS', nodes: ['v3'], height: 100n });
    expect(warning?.message).toBe(
      `The chain has 4 validators at block 100, 4 are registered. On the chain but not registered: ${address('3')}, ${address('4')}. ` +
        `Registered but not a validator of the chain: v3 (${address('9')}). Address unknown: v4.`,
    );
  });

  it('count several nodes of one validator once', () => {
    const seats = [['v1', 's1'], ['v2'], ['v3'], ['v4']];
    expect(compare({ v1: '1', s1: '1', v2: '2', v3: '3', v4: '4' }, { seats })).toStrictEqual([]);
  });

  it.each([
    ['qbft', 2, true],
    ['qbft', 3, false],
    ['clique', 2, true],
    ['clique', 3, false],
  ] as const)('on %s, %i of four asked are too few: %s', (consensus, asked, tooFew) => {
    const seats = ['v1', 'v2', 'v3'].slice(0, asked).map((id) => [id]);
    const codes = compare({ v1: '1', v2: '2', v3: '3' }, { seats, consensus }).map(({ code }) => code);
    expect(codes.includes('VALIDATORS_BELOW_QUORUM')).toBe(tooFew);
  });

  it('do not count those that are excused or left the chain as asked', () => {
    const all = { v1: '1', v2: '2', v3: '3', v4: '4' };
    const codes = (found: ReturnType<typeof compare>) => found.map(({ code }) => code);
    expect(codes(compare({ v1: '1', v2: '1', v3: '1', v4: '4' }))).toContain('VALIDATORS_BELOW_QUORUM');
    expect(codes(compare(all, { excusedIds: ['v1', 'v2'] }))).toStrictEqual(['VALIDATORS_BELOW_QUORUM']);
    expect(codes(compare({ ...all, v3: '8', v4: '9' }))).toStrictEqual([
      'VALIDATOR_SET_DIFFERS',
      'VALIDATORS_BELOW_QUORUM',
    ]);
  });
});
