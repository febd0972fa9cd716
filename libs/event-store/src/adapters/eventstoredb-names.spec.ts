import { describe, expect, it } from '@jest/globals';
import { StreamNames } from './eventstoredb-names.js';

describe('the names of our streams on a shared server', () => {
  it('are <prefix>.<category>-<id>, and nobody outside sees the prefix', () => {
    const names = new StreamNames({ prefix: 'ck' });
    expect(names.toServer('backup-a-b')).toBe('ck.backup-a-b');
    expect(names.fromServer('ck.backup-a-b')).toBe('backup-a-b');
    expect(new StreamNames({ prefix: '' }).toServer('backup-a')).toBe('backup-a');
    expect(() => names.toServer('order-1')).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  it.each([
    ['ck.backup-a', true],
    ['ck2.backup-a', false],
    ['backup-a', false],
    ['xck.backup-a', false],
    ['ck.order-1', false],
    ['$$ck.backup-a', false],
    ['ck.backups-a', false],
  ])('under the prefix ck, %s is ours: %s', (stream, is) => {
    const names = new StreamNames({ prefix: 'ck' });
    expect(names.owns(stream)).toBe(is);
  });

  it('are not all: an event of Chainkeep says the version of its schema', () => {
    for (const theirs of [undefined, null, 'x', {}, { $correlationId: '1' }])
      expect(StreamNames.isChainkeeps(theirs)).toBe(false);
    expect(StreamNames.isChainkeeps({ schemaVersion: 1 })).toBe(true);
  });

  it.each([
    ['ck', 'ck2.backup-a', 'ck2'],
    ['ck', 'backup-a', ''],
    ['', 'ck.member-a', 'ck'],
    ['ck', 'ck.backup-a', undefined],
    ['', 'backup-a', undefined],
    ['ck', 'order-1', undefined],
    ['ck', 'ck2.order-1', undefined],
  ])('beside the prefix "%s", %s belongs to %s', (prefix, name, other) => {
    const found = new StreamNames({ prefix }).othersPattern.test(name);
    expect(found ? StreamNames.prefixOf(name) : undefined).toBe(other);
  });

  it.each(['a.b', 'A', 'ä', 'a-b'])('refuse the prefix %s', (prefix) => {
    expect(() => new StreamNames({ prefix })).toThrow(/EVENTSTORE_PREFIX/);
  });
});
