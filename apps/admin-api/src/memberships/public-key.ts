import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { CodedError } from '#libs/kernel';

const readKey = (sent: string | Readonly<Record<string, unknown>>): KeyObject => {
  // A private key would be read as its public half: it must not even be sent.
  const isPrivate = typeof sent === 'string' ? sent.includes('PRIVATE') : 'd' in sent;
  if (isPrivate) throw new CodedError('INPUT_INVALID', 'public_key: this is a private key; keep it.');
  try {
    return typeof sent === 'string'
      ? createPublicKey(sent)
      : createPublicKey({ key: sent as JsonWebKey, format: 'jwk' });
  } catch (error) {
    throw new CodedError('INPUT_INVALID', 'public_key: a JWK or a public key in PEM is expected.', {
      cause: error,
    });
  }
};

/** The JWK, as JSON, of a key that may sign requests. INPUT_INVALID for anything but Ed25519 and P-256. */
export const toPublicJwk = (sent: string | Readonly<Record<string, unknown>>): string => {
  const { kty, crv, x, y } = readKey(sent).export({ format: 'jwk' });
  if (crv !== 'Ed25519' && crv !== 'P-256')
    throw new CodedError('INPUT_INVALID', 'public_key: an Ed25519 or P-256 key is expected.');
  return JSON.stringify({ kty, crv, x, y });
};
