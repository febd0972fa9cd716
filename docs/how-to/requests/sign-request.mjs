/*
 * Signs a request for Chainkeep and prints the Kafka headers it needs as arguments of kcat, one line:
 *
 *     node sign-request.mjs <private key in PEM> <member>/<key> <source> <type> <body file> [<id>]
 *
 * Any JOSE library of any language does the same: a compact JWS with the six claims below.
 */
import { createHash, createPrivateKey, randomUUID } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { CompactSign } from 'jose';

const LIFETIME_S = 3_600;

/** The headers of a request; `body` is the text exactly as it is sent. */
export const signRequest = async ({ key, kid, source, type, body, id = randomUUID() }) => {
  const time = new Date();
  const attributes = { ce_id: id, ce_source: source, ce_type: type, ce_time: time.toISOString() };
  const claims = {
    ...attributes,
    body_sha256: createHash('sha256').update(body).digest('hex'),
    exp: Math.floor(time / 1_000) + LIFETIME_S,
  };
  const privateKey = createPrivateKey(key);
  const alg = privateKey.asymmetricKeyType === 'ed25519' ? 'EdDSA' : 'ES256';
  const jws = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg, kid })
    .sign(privateKey);
  return { ce_specversion: '1.0', ...attributes, jws };
};

if (realpathSync(process.argv[1]) === import.meta.filename) {
  const [keyFile, kid, source, type, bodyFile, id] = process.argv.slice(2);
  const [key, body] = [readFileSync(keyFile, 'utf8'), readFileSync(bodyFile)];
  const headers = await signRequest({ key, kid, source, type, body, id });
  process.stdout.write(
    Object.entries(headers)
      .map(([name, value]) => `-H ${name}=${value}`)
      .join(' '),
  );
}
