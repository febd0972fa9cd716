import { sha256Hex } from '#libs/kernel';
import { newKeyText } from '#libs/services';
import type { IssuedKeyAnswer, KeyAnswer } from '../answers/network.answers.js';
import { requireAdminOf, requireOperator } from '../access.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import { toPublicJwk } from './public-key.js';
import { notFound } from '../resources.js';
import { toKey, type KeyBody } from './membership.mapping.js';

/** Keys of a membership. */
export class KeyHandler {
  constructor(private readonly kit: Pick<Kit, 'commands' | 'keys' | 'resources' | 'streams'>) {}

  /** The answer is the only place that ever contains the key's text. A signing key has no text. */
  async issue(c: string, memberId: string, body: KeyBody, caller: Caller): Promise<IssuedKeyAnswer> {
    requireOperator(caller);
    const { commands, keys, resources, streams } = this.kit;
    await resources.member(caller, c, memberId);
    const text = newKeyText();
    const publicKey = body.public_key === undefined ? undefined : toPublicJwk(body.public_key);
    // No Idempotency-Key here: a repetition could not show the text again.
    const keyId = commands.newId('key', undefined, { ...caller, idempotencyKey: undefined });
    const { role, label } = body;
    // No text opens the API in the name of a key that signs: a sha256 never reads like this.
    const key =
      publicKey === undefined
        ? { keyId, role, label, hash: sha256Hex(text) }
        : { keyId, role, label, hash: `signing:${memberId}/${keyId}`, publicKey };
    const command = { type: 'IssueApiKey', key, at: commands.now() } as const;
    await commands.give(streams.members, memberId, command, caller);
    if (publicKey !== undefined) return toKey(memberId, key);
    keys.remember(key.hash, memberId);
    return { ...toKey(memberId, key), key: text };
  }

  async list(c: string, memberId: string, caller: Caller): Promise<readonly KeyAnswer[]> {
    const { state } = await this.kit.resources.member(caller, c, memberId);
    requireAdminOf(caller, memberId);
    return [...state.keys.values()].map((key) => toKey(memberId, key));
  }

  async revoke(c: string, memberId: string, keyId: string, caller: Caller): Promise<KeyAnswer> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    const { state } = await resources.member(caller, c, memberId);
    const key = state.keys.get(keyId);
    if (key === undefined) throw notFound('key', keyId);
    const command = { type: 'RevokeApiKey', keyId, at: commands.now() } as const;
    await commands.give(streams.members, memberId, command, caller);
    return toKey(memberId, key);
  }
}
