import { randomUUID } from 'node:crypto';
import type { LiveTarget, ProbeFinding } from '#libs/domain';
import { CodedError, toCodedError } from '#libs/kernel';
import { bodyFromBytes, digestOf, type ObjectStore } from '#libs/object-store';
import { unconditional } from '../commands.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import type { TargetHandler } from './target.handler.js';

const CHECK_TIMEOUT_MS = 15_000;
const MESSAGE_MAX = 2_000;

const ok = (check: string, message: string): ProbeFinding => ({ check, result: 'ok', message });
const failed = (check: string, error: unknown): ProbeFinding => {
  const { message, hint } = toCodedError(error);
  return { check, result: 'fail', message: message.slice(0, MESSAGE_MAX), cure: hint };
};

type Check = readonly [name: string, run: () => Promise<string>];

/** The preflight of a target: everything deliveries need, tried with one small object. */
export class CheckHandler {
  constructor(
    private readonly kit: Kit,
    private readonly targets: TargetHandler,
  ) {}

  /** After registering: the outcome is recorded, the registration stands whatever it is. */
  async preflight(targetId: string, caller: Caller): Promise<void> {
    const { state } = await this.kit.ports.streams.targets.load(targetId);
    if (state.status === 'live') await this.run(state, caller);
  }

  async run(target: LiveTarget, caller: Caller): Promise<unknown> {
    const { commands, ports } = this.kit;
    const findings = await this.findings(target);
    const good = findings.every(({ result }) => result !== 'fail');
    const command = { type: 'RecordCheck', ok: good, findings, at: commands.now() } as const;
    await commands.give(ports.streams.targets, target.targetId, command, unconditional(caller));
    return { _id: target.targetId, ok: good, checked_at: command.at, findings };
  }

  private async findings(target: LiveTarget): Promise<readonly ProbeFinding[]> {
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    const { provider, details, environmentId } = target;
    let store: ObjectStore;
    try {
      const secrets = await this.targets.secretsOf(target);
      store = await this.kit.ports.objects.open({ provider, details, secrets, role: 'target' });
    } catch (error) {
      return [failed('open', error)];
    }
    const found: ProbeFinding[] = [ok('open', 'The place can be opened.')];
    for (const [name, run] of checksOf(store, `${environmentId}/probe-${randomUUID()}`, signal)) {
      try {
        found.push(ok(name, await run()));
      } catch (error) {
        found.push(failed(name, error));
      }
    }
    return found;
  }
}

const expect = (met: boolean, otherwise: string): void => {
  if (!met) throw new CodedError('TARGET_UNAVAILABLE', otherwise);
};

const checksOf = (store: ObjectStore, key: string, signal: AbortSignal): readonly Check[] => {
  const body = bodyFromBytes(Buffer.from('chainkeep probe\n'));
  return [
    [
      'write',
      async () => {
        const { outcome } = await store.put(key, body, 'if-absent', signal);
        expect(outcome === 'stored', 'A new object was refused.');
        return 'An object was written.';
      },
    ],
    [
      'read back',
      async () => {
        const { sha256 } = await digestOf(store, key, signal);
        expect(sha256 === body.sha256, 'What was read back is not what was written.');
        return 'What was written was read back.';
      },
    ],
    [
      'list',
      async () => {
        let seen = false;
        for await (const object of store.list(key)) seen ||= object.key === key;
        expect(seen, 'The object that was written is not listed.');
        return 'The object is listed.';
      },
    ],
    [
      'conditional put',
      async () => {
        const { outcome } = await store.put(key, body, 'if-absent', signal);
        expect(outcome === 'refused', 'An existing object was overwritten by a conditional put.');
        return 'An existing object is not overwritten.';
      },
    ],
    ['remove', () => store.remove(key).then(() => 'The probe was removed.')],
  ];
};
