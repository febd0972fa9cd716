import { describe, expect, it } from '@jest/globals';
import type { ExportJob } from './export-job.js';
import { recordOf, type MadeSegment } from './segment-record.js';

const ref = { number: 10n, hash: '0xaa', parentHash: '0xbb' };

/** A record of a file that starts at block 10, of this consensus, while a backup is in this state. */
const recorded = (consensus: string, state: object): boolean => {
  const summary = {
    start: ref,
    end: ref,
    contentRoot: '0xcc',
    transactions: 0,
    consensus: ['plain', consensus],
  };
  const job = { planned: { start: 10n, end: 10n }, backup: { agreed: { confirmations: [] }, ...state } };
  const certificate = { kind: 'validator-confirmations', hash: '0xaa', confirmed_by: [] };
  const made = {
    collector: { summary: () => summary },
    stored: { bytes: 1, sha256: '' },
    sourceNodes: ['monitor'],
    certified: { certificate, evidence: { level: 'confirmed', verdict: 'none' }, warnings: [] },
  };
  return recordOf(job as unknown as ExportJob, made as unknown as MadeSegment, {
    key: 'key',
    manifestSha256: '',
  }).raftSwapFile;
};

describe('raftSwapFile', () => {
  it('marks files that replace others on a Raft chain, and no other file', () => {
    expect(recorded('raft', { supersededThrough: 10n })).toBe(true);
    expect(recorded('raft', { replaces: { fromBlock: 10n } })).toBe(true);
    expect(recorded('raft', { supersededThrough: 9n })).toBe(false);
    expect(recorded('raft', {})).toBe(false);
    expect(recorded('qbft', { supersededThrough: 10n })).toBe(false);
  });
});
