import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { CodedError } from '#libs/kernel';
import type { SecretRef } from './vault.js';

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const KEY_BYTES = 32;

export const newSecretRef = (): SecretRef => `vault:${randomUUID()}`;

/** Throws CONFIG_INVALID unless the key has 32 bytes. */
export const checkedKey = (key: Uint8Array): Uint8Array => {
  if (key.length === KEY_BYTES) return key;
  throw new CodedError('CONFIG_INVALID', `A secret key must have ${KEY_BYTES} bytes, not ${key.length}.`);
};

/** AES-256-GCM: format byte, random nonce, tag, ciphertext; bound to `ref`, so values can't be swapped. */
export const seal = (key: Uint8Array, ref: SecretRef, secret: Readonly<Record<string, string>>): Buffer => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(ref));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(secret), 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), sealed]);
};

/** Throws SECRET_UNREADABLE when key, ref or a single bit does not fit. */
export const unseal = (key: Uint8Array, ref: SecretRef, sealed: Uint8Array): Record<string, string> => {
  const tagAt = 1 + NONCE_BYTES;
  const textAt = tagAt + TAG_BYTES;
  try {
    if (sealed[0] !== FORMAT) throw new CodedError('SECRET_UNREADABLE', `${ref} has an unknown format.`);
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, tagAt), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(ref))
      .setAuthTag(sealed.subarray(tagAt, textAt));
    const text = Buffer.concat([decipher.update(sealed.subarray(textAt)), decipher.final()]).toString('utf8');
    return JSON.parse(text) as Record<string, string>;
  } catch (cause) {
    throw new CodedError('SECRET_UNREADABLE', `${ref} cannot be decrypted with the current key.`, {
      cause,
      context: { ref },
    });
  }
};

export const noSecret = (ref: SecretRef): CodedError =>
  new CodedError('RESOURCE_NOT_FOUND', `There is no secret ${ref}; it may have been erased.`, {
    context: { ref },
  });
