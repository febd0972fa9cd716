import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';

const findOpenssl = (): boolean => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Is there an openssl to make certificates with? */
export const HAS_OPENSSL = findOpenssl();

/** A suite that makes certificates: skipped by name on a machine without openssl. */
export const describeWithOpenssl = HAS_OPENSSL ? describe : describe.skip;

export type PemPair = Readonly<{ cert: string; key: string }>;

/** A certificate authority with a server (127.0.0.1, localhost) and a client certificate, valid for a day. */
export type TestCertificates = Readonly<{ ca: string; server: PemPair; client: PemPair }>;

/**
 * Makes them with the `openssl` of the machine in a temporary directory that is gone afterwards. `hosts` are further
 * names that the server's certificate holds for.
 */
export const makeCertificates = (hosts: readonly string[] = []): TestCertificates => {
  const directory = mkdtempSync(join(tmpdir(), 'chainkeep-tls-'));
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  };
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '1', '-subj', '/CN=ca');
    const names = ['IP:127.0.0.1', ...['localhost', ...hosts].map((host) => `DNS:${host}`)];
    writeFileSync(join(directory, 'san'), `subjectAltName=${names.join(',')}\n`);
    for (const name of ['server', 'client']) {
      openssl('req', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1'];
      openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-extfile', 'san', '-out', `${name}.crt`);
    }
    const pair = (name: string): PemPair => ({ cert: read(`${name}.crt`), key: read(`${name}.key`) });
    return { ca: read('ca.crt'), server: pair('server'), client: pair('client') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
