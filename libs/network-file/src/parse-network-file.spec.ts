import { describe, expect, it } from '@jest/globals';
import { isCodedError } from '#libs/kernel';
import { Providers } from '#libs/object-store';
import { BUILT_IN_PROVIDERS } from '#libs/object-store/adapters/built-in.providers';
import { parseNetworkFile } from './parse-network-file.js';

const providers = new Providers(BUILT_IN_PROVIDERS).descriptions;
const FILES: Readonly<Record<string, string>> = {
  '/etc/net/genesis.json': '{"config":{"chainId":7}}',
  '/etc/net/deep.json': `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  '/etc/net/ca.pem': '-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n',
  '/etc/net/broken.json': '{secret',
};

const parse = (text: string, env: Readonly<Record<string, string>> = {}) =>
  parseNetworkFile(text, {
    file: '/etc/net/network.yaml',
    env,
    providers,
    readFile: (path) => {
      const content = FILES[path];
      if (content === undefined) throw new RangeError(`ENOENT ${path}`);
      return content;
    },
  });

const problemsOf = (text: string, env?: Readonly<Record<string, string>>): string[] => {
  try {
    parse(text, env);
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'CONFIG_INVALID') throw error;
    const lines = error.message.split('\n').slice(1);
    expect(error.context).toEqual({ file: '/etc/net/network.yaml', problems: lines.length });
    return lines.map((line) => line.replace('/etc/net/network.yaml:', ''));
  }
  return [];
};

const GOOD = `
consortium: { id: acme, name: Acme Trade }
members: [ { id: bank-a, name: Bank A } ]
environments:
  - id: prod
    provider: geth
    consensus: clique
    nodes:
      - { id: v1, role: validator, member: bank-a, rpc: "https://user:pass@node:8545", tls: { ca: ./ca.pem } }
      - { id: v2, role: validator, rpc: "ws://node:8546", auth: { bearer: "\${TOKEN}" } }
      - { id: monitor, role: monitor, rpc: /data/geth.ipc, controller: unit }
    genesis: ./genesis.json
    managed: { provider: directory, path: ./managed }
    backup: { enabled: true, frequency: four, time_zone: Europe/Berlin, min_confirmations: 3 }
targets:
  - { id: t, member: bank-a, environment: prod, provider: directory, path: ../copies, environment_backup_target: true }
controllers:
  unit: { kind: command, halt: [systemctl, stop, geth], start: [systemctl, start, geth] }
  disk: { kind: shared-disk, node_path: /exports, path: ./mnt }
`;

describe('a network file', () => {
  it('becomes what the API takes, in the order in which it can be created', () => {
    const { consortiumId, resources, parts, controllers } = parse(GOOD, { TOKEN: 't0p' });
    expect(consortiumId).toBe('acme');
    expect(resources.map(({ kind, id, list }) => [kind, id, list])).toEqual([
      ['consortium', 'acme', 'consortia'],
      ['member', 'bank-a', 'consortia/acme/memberships'],
      ['environment', 'prod', 'consortia/acme/environments'],
      ['node', 'v1', 'consortia/acme/environments/prod/nodes'],
      ['node', 'v2', 'consortia/acme/environments/prod/nodes'],
      ['node', 'monitor', 'consortia/acme/environments/prod/nodes'],
      ['target', 't', 'consortia/acme/environments/prod/configurations'],
    ]);
    const fieldsOf = (id: string) => resources.find((one) => one.id === id)?.fields;
    expect(fieldsOf('prod')).toEqual({
      provider: 'geth',
      consensus_type: 'clique',
      managed: { provider: 'directory', path: '/etc/net/managed' },
    });
    expect(fieldsOf('v1')).toMatchObject({ membership_id: 'bank-a', tls: { ca: FILES['/etc/net/ca.pem'] } });
    expect(fieldsOf('v2')).toMatchObject({ urls: { wss: 'ws://node:8546' }, auth: { bearer: 't0p' } });
    expect(fieldsOf('monitor')).toMatchObject({ urls: { ipc: '/data/geth.ipc' }, controller: 'unit' });
    expect(fieldsOf('t')).toEqual({
      membership_id: 'bank-a',
      details: { provider: 'directory', path: '/etc/copies', environment_backup_target: true },
    });
    expect(parts.map(({ kind, path, fields }) => [kind, path, fields])).toEqual([
      ['genesis', 'consortia/acme/environments/prod/genesis', { config: { chainId: 7 } }],
      [
        'backup',
        'consortia/acme/environments/prod/backup',
        { enabled: true, frequency: 'four', time_zone: 'Europe/Berlin', min_confirmations: 3 },
      ],
    ]);
    expect(controllers).toMatchObject({
      unit: { kind: 'command' },
      disk: { kind: 'shared-disk', nodePath: '/exports', path: expect.stringMatching(/^\/.*mnt$/) },
    });
  });

  it('gets every problem at once, each with its line, column, path and cure', () => {
    const text = `consortium: { id: acme, nam: Acme }
members:
  - { id: a, name: A }
  - { id: a, name: Again }
environments:
  - id: prod
    provider: gteh
    nodes:
      - { id: v1, role: monitor, member: nobody, rpc: "ftp://node" }
      - { id: m, role: monitor, rpc: "\${NODE_URL}", tls: { ca: ./none.pem, cert: ./genesis.json } }
      - { id: m, role: other, controller: unit, color: red }
    genesis: ./broken.json
    backup: { enabled: yes please, frequency: once, cron: "61 * * * *", time_zone: Mars/Base, after_hours: 2 }
  - id: test
    provider: besu
    nodes: [ { id: v, role: validator, rpc: "http://v" }, { id: m, role: monitor, rpc: "http://m" } ]
    backup: { every_blocks: 5, time_zone: UTC, segment_blocks: 100002 }
targets:
  - { id: t, member: x, environment: y, provider: s3, bucket: b, endpoint: nowhere }
`;
    expect(problemsOf(text)).toMatchInlineSnapshot(`
      [
        "1:1: consortium.name: it is required. Add it.",
        "1:25: consortium.nam: unknown key. Remove it or correct its spelling.",
        "4:7: members[1].id: the id "a" is used twice. Choose another.",
        "7:5: environments[0].provider: Invalid option: expected one of "geth"|"quorum"|"besu". Correct the value.",
        "8:5: environments[0].nodes: there is no validator. Give at least one node the role "validator".",
        "9:34: environments[0].nodes[0].member: there is no member "nobody". Add it under members.",
        "9:50: environments[0].nodes[0].rpc: this is not the URL of a node. Use an http(s) or ws(s) URL, or the absolute path of an IPC socket.",
        "10:18: environments[0].nodes[1].role: there is more than one monitor. Keep one and give the others the role "other".",
        "10:38: The variable NODE_URL is not set. Set NODE_URL in the environment.",
        "10:60: environments[0].nodes[1].tls.ca: the file cannot be read (ENOENT /etc/net/none.pem). Correct the path or the file.",
        "10:76: environments[0].nodes[1].tls.cert: the file holds no PEM. Name a file that begins with -----BEGIN.",
        "11:9: environments[0].nodes[2]: the node has no URL. Set rpc to an http(s) or ws(s) URL, or to the path of an IPC socket.",
        "11:11: environments[0].nodes[2].id: the id "m" is used twice. Choose another.",
        "11:31: environments[0].nodes[2].controller: there is no controller "unit". Add it under controllers.",
        "11:49: environments[0].nodes[2].color: unknown key. Remove it or correct its spelling.",
        "12:5: environments[0].genesis: the file is not valid JSON. Correct the path or the file.",
        "13:15: environments[0].backup.enabled: Invalid input: expected boolean, received string. Correct the value.",
        "13:53: environments[0].backup.cron: frequency and cron cannot be used together. Keep one of them.",
        "13:53: environments[0].backup.cron: "61 * * * *" is not a cron expression: CronPattern: Invalid value for minute: 61. Correct the expression.",
        "13:73: environments[0].backup.time_zone: "Mars/Base" is not a known time zone. Give one like Europe/Berlin.",
        "13:95: environments[0].backup.after_hours: it belongs to the agreement all_then_quorum. Remove it.",
        "17:15: environments[1].backup.every_blocks: Too small: expected number to be >=10000. Correct the value.",
        "17:32: environments[1].backup.time_zone: a time zone needs frequency or cron. Add one of them, or remove it.",
        "17:48: environments[1].backup.segment_blocks: Too big: expected number to be <=100001. Correct the value.",
        "19:14: targets[0].member: there is no member "x". Add it under members.",
        "19:25: targets[0].environment: there is no environment "y". Add it under environments.",
        "19:66: targets[0].endpoint: this is not a URL. Use an http(s) URL.",
      ]
    `);
  });

  it('refuses a genesis that is nested too deep', () => {
    expect(problemsOf(GOOD.replace('./genesis.json', './deep.json'), { TOKEN: 't' })).toStrictEqual([
      expect.stringContaining('the file cannot be used: it is nested more than 64 deep. Correct the file.'),
    ]);
  });

  it('tells no value: neither of a variable nor of a file', () => {
    const text = GOOD.replace('./genesis.json', './broken.json').replace('ws://node:8546', 'no url ${TOKEN}');
    const said = problemsOf(text, { TOKEN: 't0p' }).join('\n');
    expect(said).toContain('is not valid JSON');
    expect(said).toContain('not the URL of a node');
    expect(said).not.toMatch(/t0p|secret/);
  });

  it.each([
    ['provider: directory, path: "${EMPTY}"', 'path'],
    ['provider: s3, endpoint: "http://s3", bucket: "${EMPTY}"', 'bucket'],
    ['provider: s3, endpoint: "${EMPTY}", bucket: b', 'endpoint'],
    ['provider: aws, bucket: b, access_key_id: "${EMPTY}", secret_access_key: s', 'access_key_id'],
    ['provider: aws, bucket: b, access_key_id: a, secret_access_key: "${EMPTY}"', 'secret_access_key'],
    ['provider: azure, storage_account: acct, container: c, access_key: "${EMPTY}"', 'access_key'],
    ['provider: azure, container: c, connection_string: "${EMPTY}"', 'connection_string'],
  ])('refuses a variable that is set but empty, for a target and a managed bucket: %s', (bucket, name) => {
    const managed = GOOD.replace('provider: directory, path: ./managed', () => bucket);
    const target = GOOD.replace('provider: directory, path: ../copies', () => bucket);
    for (const [text, at] of [[managed, 'environments[0].managed'] as const, [target, 'targets[0]'] as const])
      expect(problemsOf(text, { TOKEN: 't', EMPTY: '' }).join('\n')).toContain(`${at}.${name}: Too small`);
  });

  it('takes an empty prefix: the root of the bucket', () => {
    const text = GOOD.replace(
      'provider: directory, path: ../copies',
      () => 'provider: aws, bucket: b, prefix: "${EMPTY}"',
    );
    const target = parse(text, { TOKEN: 't', EMPTY: '' }).resources.find(({ kind }) => kind === 'target');
    expect(target?.fields['details']).toMatchObject({ bucket: 'b', prefix: '' });
  });

  it('is told where its YAML cannot be read', () => {
    expect(problemsOf('consortium: { id: acme\nmembers: [')[0]).toMatch(/^\d+:\d+: .* Correct the YAML\.$/);
    expect(problemsOf('').length).toBeGreaterThan(0);
    expect(problemsOf('- a list').length).toBeGreaterThan(0);
    expect(problemsOf(`${GOOD}members: []\n`)[0]).toContain('unique');
  });
});
