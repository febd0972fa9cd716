import { describe, expect, it } from '@jest/globals';

import { assertUrlAllowed, isHostRefused } from './url-policy.js';

describe('the URL policy', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://169.254.1.1:8545',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://0xa9.254.43518/',
    'ws://0xa9fea9fe:8546',
    'http://[fe80::1]:8545',
    'http://[febf::1]',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[fd00:ec2::254]/',
    'http://metadata.google.internal/',
    'http://METADATA.google.internal./',
    'http://100.100.100.200/',
    'http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/',
    'http://169.254.169.254./',
    'http://169.254.43518/',
    'http://%31%36%39.254.169.254/',
    'http://user@169.254.169.254/',
    'http://[0:0:0:0:0:ffff:a9fe:a9fe]/',
    'http://[::169.254.169.254]/',
    'http://[::ffff:0:169.254.169.254]/',
    'http://[64:ff9b:1:a9fe:a9:fe00::]/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[2001:db8::5efe:169.254.169.254]/',
    'http://[::ffff:168.63.129.16]/',
    'http://[fd00:ec2::23]/',
    'http://[fd20:ce::254]/',
    'http://[fd00:c1::a9fe:a9fe]/',
    'http://168.63.129.16/',
    'http://192.0.0.192/',
    'http://metadata/',
    'http://instance-data/',
    'http://instance-data.ec2.internal/',
  ])('refuses %s', (url) => {
    expect(() => {
      assertUrlAllowed(url);
    }).toThrow(expect.objectContaining({ code: 'URL_REFUSED' }));
  });

  it.each([
    'http://127.0.0.1:8545',
    'http://10.0.0.5:8545',
    'https://node.example.org/rpc',
    'http://[::1]:8545',
    'http://[2001:db8::1]',
    'http://169.253.1.1',
    'http://metadata.example.org',
    'http://192.168.1.1:9000',
    'http://172.16.0.1',
    'http://minio:9000',
    'http://localhost:9000',
    'http://0.0.0.0:9000',
    'http://[::ffff:10.0.0.5]',
    'http://[fd00::1]',
    'http://[64:ff9b::10.0.0.5]',
  ])('allows %s', (url) => {
    expect(() => {
      assertUrlAllowed(url);
    }).not.toThrow();
  });

  it('judges addresses that a name resolved to', () => {
    expect(isHostRefused('169.254.169.254')).toBe(true);
    expect(isHostRefused('fe80::1%eth0')).toBe(true);
    expect(isHostRefused('[fd00:ec2::254]')).toBe(true);
    expect(isHostRefused('::ffff:169.254.169.254')).toBe(true);
    expect(isHostRefused('192.168.1.1')).toBe(false);
    expect(isHostRefused('::1')).toBe(false);
  });
});
