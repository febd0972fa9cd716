import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hasCode, sha256Hex } from '#libs/kernel';
import { keepOperatorKey, systemContext, type ServicePorts } from '#libs/services';

/** The member whose keys are those of the operators of the installation. */
export const OPERATORS = 'operators';
const KEY_BYTES = 32;

/** The text of a new key. It is shown once; what is kept is its sha256. */
export const newKeyText = (): string => `ck_${randomBytes(KEY_BYTES).toString('base64url')}`;

/**
 * Issues the first operator key of an installation. Resolves with its text only when it was just made, with
 * `undefined` when an operator key exists.
 */
export const ensureOperatorKey = async (
  ports: Pick<ServicePorts, 'clock' | 'home' | 'streams'>,
): Promise<string | undefined> => {
  const { members } = ports.streams;
  const { state } = await members.load(OPERATORS);
  if (state.status === 'live' && state.keys.size > 0) return undefined;
  const context = systemContext(ports.clock, { correlationId: randomUUID() });
  const { at } = context;
  if (state.status === 'absent') {
    const description = { orgName: 'Operators' };
    await members
      .handle(
        OPERATORS,
        { type: 'RegisterMember', memberId: OPERATORS, consortiumId: '*', description, at },
        context,
      )
      .catch((error: unknown) => {
        // Another process was first: its member is as good as ours.
        if (!hasCode(error, 'RESOURCE_EXISTS')) throw error;
      });
  }
  const text = newKeyText();
  const key = { keyId: 'first', role: 'operator', hash: sha256Hex(text), label: 'first start' } as const;
  try {
    await members.handle(OPERATORS, { type: 'IssueApiKey', key, at }, context);
  } catch (error) {
    if (hasCode(error, 'RESOURCE_EXISTS')) return undefined;
    throw error;
  }
  return text;
};

/** The first operator key is shown once, by the replica that made it, and kept in its data directory. */
export const announceOperatorKey = async (
  ports: Pick<ServicePorts, 'clock' | 'home' | 'streams'>,
): Promise<void> => {
  const key = await ensureOperatorKey(ports);
  if (key === undefined) return;
  await mkdir(ports.home, { recursive: true });
  await keepOperatorKey(ports.home, key);
  process.stdout.write(`Operator key ${key} (shown once; kept in operator.key of the data directory)\n`);
};
