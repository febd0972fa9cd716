/** @proves The probe finds stores that ignore conditions or checksums, or damage data (SIMULATED stores). */
import { afterEach, describe, expect, it } from '@jest/globals';
import { bodyFromBytes, probeStore, type ObjectStore, type ProbeReport } from '#libs/object-store';
import { ProviderObjectStores } from '#libs/object-store/adapters/provider.object-stores';
import { startDeviatingS3, type Deviations } from '../support/simulated/deviating-s3.js';

let close: () => Promise<void> = async () => undefined;
afterEach(async () => {
  await close();
});

const open = async (deviations: Deviations): Promise<ObjectStore> => {
  const store = await startDeviatingS3(deviations);
  close = () => store.close();
  const details = { endpoint: store.endpoint, bucket: 'b', checksum: 'sha256', access_key_id: 'id' };
  const secrets = { secret_access_key: 'planted' };
  return new ProviderObjectStores().open({ provider: 's3', details, secrets, role: 'target' });
};
const findings = ({ findings: found }: ProbeReport): Record<string, string> =>
  Object.fromEntries(found.map(({ check, result }) => [check, result]));

describe('probing SIMULATED stores that deviate', () => {
  it('finds nothing wrong with one that does not', async () => {
    const report = await probeStore(await open({}), 'e/');
    expect(report.ok).toBe(true);
    expect(findings(report)).toMatchObject({
      'If-None-Match': 'ok',
      checksum: 'ok',
      'Object Lock': 'warn',
    });
  });

  it('finds a store that ignores If-None-Match, and nothing is overwritten there all the same', async () => {
    const store = await open({ ignoresConditions: true });
    const report = await probeStore(store, 'e/');
    expect(report.ok).toBe(true);
    const found = report.findings.find(({ check }) => check === 'If-None-Match');
    expect(found).toMatchObject({
      result: 'warn',
      message: expect.stringContaining('ignores If-None-Match'),
    });
    expect(found?.cure).toBeTruthy();
    await store.put('e/a', bodyFromBytes(Buffer.from('one')), 'if-absent');
    const second = await store.put('e/a', bodyFromBytes(Buffer.from('two')), 'if-absent');
    expect(second.outcome).toBe('refused');
  });

  it('finds a store that checks no checksums', async () => {
    const report = await probeStore(await open({ ignoresChecksums: true }), 'e/');
    expect(findings(report)).toMatchObject({ checksum: 'warn' });
  });

  it('finds a store that damages what it receives, and takes nothing there for stored', async () => {
    const store = await open({ damages: true, ignoresChecksums: true });
    const report = await probeStore(store, 'e/');
    expect(report.ok).toBe(false);
    const found = report.findings.find(({ check }) => check === 'write');
    expect(found).toMatchObject({
      result: 'fail',
      message: expect.stringContaining('are not the bytes written'),
    });
    const put = store.put('e/a', bodyFromBytes(Buffer.from('bytes')), 'if-absent');
    await expect(put).rejects.toMatchObject({ code: 'TARGET_DIGEST_MISMATCH' });
    expect(await store.head('e/a')).toBeUndefined();
  });

  it('says that retention is asked for where there is no Object Lock', async () => {
    const server = await startDeviatingS3({});
    close = () => server.close();
    const object_lock = { mode: 'GOVERNANCE', days: 30 };
    const details = { endpoint: server.endpoint, bucket: 'b', access_key_id: 'id', object_lock };
    const secrets = { secret_access_key: 'planted' };
    const store = await new ProviderObjectStores().open({ provider: 's3', details, secrets, role: 'target' });
    const report = await probeStore(store, 'e/');
    expect(report.ok).toBe(false);
    expect(findings(report)).toMatchObject({ 'Object Lock': 'fail' });
  });
});

describe('details of a place', () => {
  const opening = async (provider: string, details: Record<string, unknown>): Promise<unknown> =>
    new ProviderObjectStores()
      .open({ provider, details, secrets: { secret_access_key: 'planted-secret' }, role: 'target' })
      .catch((error: unknown) => error);

  it.each([
    ['s3', { bucket: 'b', endpoint: 'http://169.254.169.254/latest' }, 'metadata service'],
    ['s3', { bucket: 'b', endpoint: 'http://[fe80::1]/' }, 'metadata service'],
    ['s3', { bucket: 'b', endpoint: 'http://user:pass@store' }, 'user or password'],
    ['s3', { bucket: 'b', endpoint: 'file:///etc/passwd' }, 'http'],
    ['s3', { endpoint: 'http://store' }, 'bucket'],
    ['aws', { bucket: 'b', access_key_id: 'id', checksum: 'md5' }, 'checksum'],
    ['aws', { bucket: 'b', access_key_id: 'id', external_id: 'x' }, 'role_arn'],
    ['aws', { bucket: 'b', access_key_id: 'id', prefix: '../up' }, 'prefix'],
    ['azure', { container: 'c' }, 'storage_account'],
    ['azure', { container: 'c', storage_account: 'acct', endpoint: 'http://evil' }, 'must be one of Azure'],
    ['gcs', { bucket: 'b' }, 'not supported'],
  ])('%s %j is refused', async (provider, details, reason) => {
    const error = (await opening(provider, details)) as Error;
    expect(error.message).toContain(reason);
    expect(JSON.stringify(error)).not.toContain('planted-secret');
  });

  it('gives the same store for the same place and another for other secrets', async () => {
    const stores = new ProviderObjectStores();
    const place = (secret: string) =>
      ({
        provider: 'aws',
        details: { bucket: 'b', access_key_id: 'id' },
        secrets: { secret_access_key: secret },
        role: 'target',
      }) as const;
    const first = await stores.open(place('one'));
    expect(await stores.open(place('one'))).toBe(first);
    expect(await stores.open(place('two'))).not.toBe(first);
  });
});
