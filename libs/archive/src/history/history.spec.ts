import { describe, expect, it } from '@jest/globals';
import type { Hex } from '#libs/kernel';
import fc from 'fast-check';
import { codeOf, readFixture, historyFileOf } from '../testing.js';
import { canonicalSelection, checkContinuity } from './continuity.js';
import { createHistoryDocument, historyToJson, parseHistoryDocument, type HistoryFile } from './history.js';

const sampleText = readFixture('backup_snapshot.sample.json');
const hash = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`;
const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

const file = (start: number, end: number, ms: number, patch: Partial<HistoryFile> = {}): HistoryFile => ({
  file: `${at(ms)}-block-${start}-${end}.rlp`,
  date: at(ms),
  canonical: true,
  raftSwapFile: false,
  start: BigInt(start),
  startHash: hash(start + 1),
  parentHash: hash(start),
  end: BigInt(end),
  endHash: hash(end + 1),
  endParentHash: hash(end),
  ...patch,
});
const documentOf = (...files: HistoryFile[]) => createHistoryDocument(files, 'geth', null);

describe('history document', () => {
  it('reproduces the sample exactly, from any order of its files', () => {
    const sample = parseHistoryDocument(sampleText);
    const made = createHistoryDocument(
      sample.history.map(historyFileOf).reverse(),
      sample.provider,
      sample.latest_backup,
    );
    const text = JSON.stringify(JSON.parse(sampleText));
    expect(JSON.stringify(sample)).toBe(text);
    expect(JSON.stringify(made)).toBe(text);
    expect(JSON.stringify(JSON.parse(historyToJson(made)))).toBe(text);
    expect(checkContinuity(canonicalSelection(made))).toEqual([]);
  });

  it('reads what it writes, ordered by start block, then date', () => {
    const files = fc.array(
      fc
        .tuple(fc.nat(50), fc.nat(1000), fc.boolean(), fc.boolean())
        .map(([start, ms, canonical, raftSwapFile]) =>
          file(start * 10, start * 10 + 9, ms, { canonical, raftSwapFile }),
        ),
    );
    fc.assert(
      fc.property(files, (list) => {
        const document = createHistoryDocument(list, 'quorum', at(5));
        expect(parseHistoryDocument(historyToJson(document))).toEqual(document);
        expect(parseHistoryDocument(Buffer.from(historyToJson(document)))).toEqual(document);
        document.history.forEach((entry, i) => {
          const next = document.history[i + 1];
          if (next === undefined) return;
          const order = entry.start_block.block - next.start_block.block;
          expect(order < 0 || (order === 0 && entry.date <= next.date)).toBe(true);
        });
      }),
    );
  });

  it('keeps hashes in lower case and an empty history without a date', () => {
    const upper: Hex = `0x${'AB'.repeat(32)}`;
    const document = documentOf(file(0, 9, 1, { startHash: upper }));
    expect(document.history[0]?.start_block.hash).toBe(upper.toLowerCase());
    const raw = JSON.parse(sampleText) as { history: { start_block: { hash: string } }[] };
    raw.history[0]!.start_block.hash = upper;
    expect(parseHistoryDocument(raw).history[0]?.start_block.hash).toBe(upper.toLowerCase());
    expect(documentOf()).toEqual({ latest_backup: null, provider: 'geth', history: [] });
  });

  it.each([
    ['no JSON', '{'],
    ['no object', 'null'],
    ['another provider', sampleText.replace('quorum', 'parity')],
    ['a hash cut short', sampleText.replace('0x7629', '0x76')],
    [
      'a date without milliseconds',
      sampleText.replace('"date": "2022-08-09T18:00:00.295Z"', '"date": "2022-08-09T18:00:00Z"'),
    ],
    ['a negative block', sampleText.replace('"block": 0,', '"block": -1,')],
    ['a missing flag', sampleText.replace('"canonical_chain": true,', '')],
  ])('refuses %s', (_name, text) => {
    expect(codeOf(() => parseHistoryDocument(text))).toBe('HISTORY_INVALID');
  });

  it('refuses block numbers that plain numbers cannot hold', () => {
    expect(codeOf(() => documentOf(file(0, 9, 1, { end: 2n ** 53n })))).toBe('INPUT_INVALID');
  });
});

describe('the canonical chain of a history', () => {
  it('is the newest date for each start block', () => {
    const old = { canonical: false, startHash: hash(99), parentHash: hash(98) };
    const document = documentOf(
      file(0, 9, 1),
      file(10, 19, 2, old),
      file(20, 29, 3, old),
      file(10, 19, 4),
      file(20, 25, 5),
    );
    expect(canonicalSelection(document).map(({ date }) => date)).toEqual([at(1), at(4), at(5)]);
    expect(checkContinuity(canonicalSelection(document))).toEqual([]);
  });

  it('leaves out a superseded file that nothing replaces yet', () => {
    const document = documentOf(file(0, 9, 1), file(10, 19, 2, { canonical: false }));
    expect(canonicalSelection(document).map(({ date }) => date)).toEqual([at(1)]);
  });

  it('reports gaps, overlaps and broken links', () => {
    const check = (...files: HistoryFile[]) => checkContinuity(documentOf(...files).history);
    expect(check(file(0, 9, 1), file(20, 29, 2))).toEqual([
      { kind: 'gap', from: 10, to: 19, before: file(20, 29, 2).file },
    ]);
    expect(check(file(5, 9, 1))).toMatchObject([{ kind: 'gap', from: 0, to: 4 }]);
    expect(checkContinuity(documentOf(file(5, 9, 1)).history, 5)).toEqual([]);
    expect(check(file(0, 9, 1), file(8, 12, 2))).toMatchObject([{ kind: 'overlap', from: 8, to: 9 }]);
    expect(check(file(0, 9, 1), file(10, 12, 2, { parentHash: hash(77) }))).toMatchObject([
      { kind: 'parent-mismatch', at: 10, expected: hash(10), actual: hash(77) },
    ]);
    expect(check(file(0, 0, 1, { endHash: hash(77) }))).toMatchObject([{ kind: 'parent-mismatch', at: 0 }]);
    expect(check()).toEqual([]);
  });
});
