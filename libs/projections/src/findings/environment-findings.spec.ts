import { describe, expect, it } from '@jest/globals';
import { CATALOGUE, type ErrorCode } from '#libs/kernel';
import { aNode, anEnvironment, blockHash, minute } from '../testing.js';
import {
  allAt,
  answered,
  backup,
  brief,
  files,
  found,
  INVALID,
  lookAt,
  run,
  settings,
  silent,
  TIP,
  UNPROVEN,
} from './testing.js';
import type { Situation } from './situation.js';

describe('findings of an environment', () => {
  it.each<[string, Partial<Situation>]>([
    ['that is backed up', {}],
    ['whose nodes were not asked', { look: undefined }],
    [
      'whose nodes are some blocks apart',
      { look: lookAt(allAt(102n, { m: answered('m', 101n), v1: answered('v1', 99n) })) },
    ],
    [
      'whose run found nothing new',
      { runs: [run({ _id: 'r2', state: 'skipped', skip_reason: 'NO_NEW_BLOCK' }), run()] },
    ],
    ['whose run is going on', { runs: [run({ _id: 'r2', state: 'agreed' }), run()] }],
    [
      'whose old runs were disputed',
      { runs: [run(), run({ state: 'disputed', error: { code: 'VALIDATOR_BEHIND', message: 'v1' } })] },
    ],
    ['that has more than a day of blocks before its next slot', { look: lookAt(allAt(40_000n)) }],
    [
      'that counts blocks, before the second slot',
      {
        environment: settings({ schedule: { kind: 'blocks', everyBlocks: 10_000 } }),
        look: lookAt(allAt(20_100n)),
      },
    ],
    [
      'with an excused validator that is silent',
      {
        environment: anEnvironment({ excuses: new Map([['v1', { until: minute(90), reason: 'upgrade' }]]) }),
        look: lookAt(allAt(102n, { v1: silent('v1') })),
      },
    ],
    [
      'with a monitor reset that its way of gathering does not need',
      { environment: anEnvironment({ monitorResetRequired: true }) },
    ],
    ['whose files are proved', { files: files({}, {}, {}) }],
    ['of version 0.1, which judged otherwise', { files: files(undefined, undefined) }],
    [
      'without seals',
      { files: files({ verdict: 'none', level: 'confirmed' }, { verdict: 'none', level: 'confirmed' }) },
    ],
    [
      'whose doubtful files lie below an anchor',
      { files: files({}, INVALID, UNPROVEN), backup: backup({ anchor: { number: 29n, hash: TIP.hash } }) },
    ],
  ])('are none for one %s', (_name, changes) => {
    expect(found(changes)).toEqual([]);
  });

  it.each<[string, Partial<Situation>, readonly (readonly [string, ErrorCode, string])[]]>([
    [
      'backups that are turned off',
      { environment: settings({ enabled: false }) },
      [['warning', 'BACKUP_DISABLED', 'prod']],
    ],
    [
      'a missing genesis',
      { environment: anEnvironment({ genesis: undefined }) },
      [['warning', 'GENESIS_MISSING', 'prod']],
    ],
    [
      'nothing backed up',
      {
        backup: backup({ tip: undefined, lastSuccessAt: undefined, lastDate: undefined }),
        runs: [],
        look: undefined,
      },
      [['warning', 'BACKUP_NONE_YET', 'prod']],
    ],
    [
      'no success for two slots',
      { now: minute(3 * 1440), look: undefined },
      [['error', 'BACKUP_OVERDUE', 'prod']],
    ],
    [
      'blocks that no run covers, although runs end well',
      { now: minute(3 * 1440), backup: backup({ lastSuccessAt: minute(3 * 1440 - 5), head: 102n }) },
      [['error', 'BACKUP_LAGGING', 'prod']],
    ],
    [
      'blocks that no run covers, of a schedule that counts them',
      {
        environment: settings({ schedule: { kind: 'blocks', everyBlocks: 10_000 } }),
        look: lookAt(allAt(20_101n)),
      },
      [['error', 'BACKUP_LAGGING', 'prod']],
    ],
    [
      'a silent validator under "all"',
      { look: lookAt(allAt(102n, { v2: silent('v2') })) },
      [['error', 'VALIDATOR_UNREACHABLE', 'v2']],
    ],
    [
      'a silent validator under "quorum"',
      {
        environment: settings({ agreement: { kind: 'quorum' } }),
        look: lookAt(allAt(102n, { v2: silent('v2') })),
      },
      [['warning', 'VALIDATOR_UNREACHABLE', 'v2']],
    ],
    [
      'a network below the backup',
      { look: lookAt(allAt(90n), ['v1', 'v2', 'v3', 'v4', 'm']) },
      [['error', 'HEAD_BELOW_BACKUP', 'prod']],
    ],
    [
      'a silent monitor',
      { look: lookAt(allAt(102n, { m: silent('m') })) },
      [['error', 'MONITOR_UNREACHABLE', 'm']],
    ],
    [
      'an isolated monitor',
      { look: lookAt(allAt(150n, { m: answered('m', 102n) }), ['m']) },
      [['error', 'MONITOR_STALLED', 'm']],
    ],
    [
      'a validator that is late',
      { look: lookAt(allAt(150n, { v3: answered('v3', 102n) }), ['v3']) },
      [['warning', 'VALIDATOR_LAGGING', 'v3']],
    ],
    [
      'a node of another chain',
      {
        look: lookAt(allAt(102n, { v3: answered('v3', 102n, { genesisHash: blockHash(1, 0n) }) })),
      },
      [['error', 'NODE_FOREIGN', 'v3']],
    ],
    [
      'a validator on a fork',
      {
        look: lookAt(allAt(102n, { v3: answered('v3', 102n, { tipHash: blockHash(1, 100n) }) })),
      },
      [['error', 'VALIDATOR_DIFFERS', 'v3']],
    ],
    [
      'no nodes',
      { environment: anEnvironment({ nodes: new Map() }), look: undefined },
      [
        ['error', 'AGREEMENT_NO_VALIDATORS', 'prod'],
        ['error', 'AGREEMENT_NO_MONITOR', 'prod'],
      ],
    ],
    [
      'a monitor reset before client-export',
      { environment: { ...settings({ gather: 'client-export' }), monitorResetRequired: true } },
      [['warning', 'MONITOR_RESET_REQUIRED', 'prod']],
    ],
    [
      'a halt past its deadline',
      {
        backup: backup({
          halt: {
            haltId: 'h',
            nodeId: 'm',
            controller: 'c',
            startedAt: minute(1),
            deadline: minute(59),
            halted: true,
          },
        }),
        look: undefined,
      },
      [['error', 'MONITOR_HALT_OVERDUE', 'm']],
    ],
    [
      'a failed run',
      { runs: [run({ state: 'failed', error: { code: 'RANGE_MOVED', message: 'It moved.' } })] },
      [['error', 'RANGE_MOVED', 'prod']],
    ],
    [
      'a warning about one node',
      { runs: [run({ warnings: [{ code: 'VALIDATOR_BEHIND', message: 'v1 is behind.', nodes: ['v1'] }] })] },
      [['warning', 'VALIDATOR_BEHIND', 'v1']],
    ],
    [
      'a warning that a run without new blocks has not cleared',
      {
        runs: [
          run({ _id: 'r2', state: 'skipped' }),
          run({ warnings: [{ code: 'VALIDATOR_SET_DIFFERS', message: 'One of three.' }] }),
        ],
      },
      [['warning', 'VALIDATOR_SET_DIFFERS', 'prod']],
    ],
    [
      'a file that is not sealed as it must be',
      { files: files({}, INVALID, { level: 'confirmed' }) },
      [['error', 'CERTIFICATE_INVALID', 'prod']],
    ],
    [
      'files whose seals prove nothing, and the first that is weaker',
      { files: files({}, UNPROVEN, UNPROVEN) },
      [
        ['warning', 'CERTIFICATE_UNPROVEN', 'prod'],
        ['warning', 'EVIDENCE_WEAKENED', 'prod'],
      ],
    ],
    [
      'a success in the future',
      { backup: backup({ lastSuccessAt: minute(9_000) }) },
      [['warning', 'CLOCK_WENT_BACK', 'prod']],
    ],
  ])('name %s', (_name, changes, expected) => {
    expect(brief(changes)).toEqual(expected);
    expect(found(changes)).toEqual(found(changes));
    for (const { _id, cure, link } of found(changes)) {
      expect(_id).toMatch(/^[A-Z_]+\.prod(\.\w+)?$/);
      expect(cure.length).toBeGreaterThan(20);
      expect(link).toMatch(/^\/consortia\/acme\/environments\/prod/);
    }
  });

  it('judge an isolated monitor by what a quorum reached, and a lone tall head not at all', () => {
    const [stalled] = found({
      look: lookAt(allAt(150n, { m: answered('m', 102n), v1: answered('v1', 9_999n) }), ['m']),
    });
    expect(stalled).toMatchObject({
      message: 'The monitor (m) is at block 102, but 3 of 4 validators have reached block 150.',
      evidence: { block: 102, head_block: 150 },
    });
    expect(
      brief({
        now: minute(3 * 1440),
        backup: backup({ lastSuccessAt: minute(3 * 1440) }),
        look: lookAt(allAt(100n, { v1: answered('v1', 9_999n) })),
      }),
    ).toEqual([]);
  });

  it('say since when the runs in a row found the same, whatever other runs found', () => {
    const disputed = (minutes: number, code: ErrorCode = 'VALIDATOR_BEHIND') =>
      run({
        _id: `r${minutes}`,
        state: 'disputed',
        finished_at: minute(minutes),
        error: { code, message: 'v1' },
      });
    const [finding] = found({
      runs: [disputed(50), disputed(40), run({ state: 'skipped' }), disputed(30), run(), disputed(10)],
    });
    expect(finding).toMatchObject({
      since: minute(30),
      last_looked: minute(50),
      link: expect.stringMatching(/runs\/r50$/),
    });
  });

  it('fold what follows from a cause under it', () => {
    const error = {
      code: 'MONITOR_UNREACHABLE',
      message: 'Monitor m: NODE_AUTH_FAILED: refused',
      cause: 'NODE_AUTH_FAILED',
    } as const;
    const all = found({
      now: minute(3 * 1440),
      runs: [run({ state: 'disputed', error })],
      look: lookAt(allAt(102n, { m: silent('m', 'NODE_AUTH_FAILED') })),
    });
    expect(Object.fromEntries(all.map(({ _id, caused_by }) => [_id, caused_by]))).toEqual({
      'MONITOR_UNREACHABLE.prod.m': null,
      'MONITOR_UNREACHABLE.prod': 'MONITOR_UNREACHABLE.prod.m',
      'BACKUP_OVERDUE.prod': 'MONITOR_UNREACHABLE.prod',
      'BACKUP_LAGGING.prod': 'MONITOR_UNREACHABLE.prod',
    });
    expect(all.slice(0, 2).map(({ cure }) => cure)).toEqual([
      CATALOGUE.NODE_AUTH_FAILED.hint,
      CATALOGUE.NODE_AUTH_FAILED.hint,
    ]);
  });

  it('name nodes as people do, and leave other words alone', () => {
    const nodes = new Map(
      [aNode('v1', 'validator', 'Bank A'), aNode('m', 'monitor')].map((node) => [node.nodeId, node]),
    );
    const warnings = [
      { code: 'VALIDATOR_BEHIND', message: 'v1, v10 and sv1: v1 (http://v1.example).' },
    ] as const;
    const [finding] = found({
      environment: anEnvironment({ nodes }),
      look: undefined,
      runs: [run({ warnings })],
    });
    expect(finding?.message).toBe('Bank A, v10 and sv1: Bank A (http://v1.example).');
  });
});
