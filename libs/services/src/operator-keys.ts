import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { ChainkeepStreams } from '#libs/contracts';
import { hasCode, sha256Hex, toInstant, type Clock } from '#libs/kernel';
import { dropOperatorKey, keepOperatorKey, keptOperatorKey } from './operator-key-file.js';

/** The member whose keys are those of the operators of the installation. */
export const OPERATORS = 'operators';
const KEY_BYTES = 32;

/** The text of a new key. It is shown once; what is kept is its sha256. */
export const newKeyText = (): string => `ck_${randomBytes(KEY_BYTES).toString('base64url')}`;

type Parts = Readonly<{ streams: Pick<ChainkeepStreams, 'members'>; clock: Clock }>;
type Wanted = Readonly<{ keyId: string; label: string; text: string; actor: string }>;

/** Records a key of the operators. Rejects with RESOURCE_EXISTS when another one has its id. */
export const issueOperatorKey = async (
  { streams: { members }, clock }: Parts,
  { keyId, label, text, actor }: Wanted,
): Promise<void> => {
  const at = toInstant(clock.nowMs());
  const context = { actor, at, correlationId: randomUUID() };
  const { state } = await members.load(OPERATORS);
  if (state.status === 'absent') {
    const description = { orgName: 'Operators' };
    const command = {
      type: 'RegisterMember',
      memberId: OPERATORS,
      consortiumId: '*',
      description,
      at,
    } as const;
    await members.handle(OPERATORS, command, context).catch((error: unknown) => {
      // Another process was first: its member is as good as ours.
      if (!hasCode(error, 'RESOURCE_EXISTS')) throw error;
    });
  }
  const key = { keyId, role: 'operator', hash: sha256Hex(text), label } as const;
  await members.handle(OPERATORS, { type: 'IssueApiKey', key, at }, context);
};

/**
 * Issues the first operator key of an installation and keeps it in the data directory. Resolves with its text only when
 * it was just made, with `undefined` when an operator key exists. The file is written first: a process that ends in
 * between leaves a key that the next start issues, never one that nobody has.
 */
export const ensureOperatorKey = async (
  parts: Parts & Readonly<{ home: string }>,
): Promise<string | undefined> => {
  const { home, streams } = parts;
  const { state } = await streams.members.load(OPERATORS);
  if (state.status === 'live' && state.keys.size > 0) return undefined;
  await mkdir(home, { recursive: true });
  const text = (await keptOperatorKey(home)) ?? newKeyText();
  await keepOperatorKey(home, text);
  try {
    await issueOperatorKey(parts, { keyId: 'first', label: 'first start', text, actor: 'system' });
    return text;
  } catch (error) {
    if (!hasCode(error, 'RESOURCE_EXISTS')) throw error;
    // Another process was first, and has its own file.
    await dropOperatorKey(home, text);
    return undefined;
  }
};
