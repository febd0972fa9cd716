/** The real servers and peers of the suites in test/real: got once, kept outside the checkout. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { npm, run } from './project.mjs';

const CACHE = process.env.CHAINKEEP_CACHE || join(homedir(), '.cache/chainkeep');
const POSTGRES = '/usr/lib/postgresql/15/bin';

const goInstall = (pkg, flags, env) => async (folder) =>
  run('go', ['install', ...flags, pkg], { env: { GOBIN: folder, ...env }, quiet: true });
const STATIC = ['-trimpath', '-ldflags=-s -w'];
const withGo = (pkg) => goInstall(pkg, STATIC, { CGO_ENABLED: '0' });

const pom = (version) => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>chainkeep</groupId><artifactId>kafka-server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${version}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;
const withMaven = (version) => async (folder) => {
  writeFileSync(join(folder, 'pom.xml'), pom(version));
  return run(
    'mvn',
    ['-q', '-B', '-f', join(folder, 'pom.xml'), 'dependency:copy-dependencies', '-DoutputDirectory=lib'],
    {
      quiet: true,
    },
  );
};
const withNpm = (pkg) => async (folder) => {
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  return npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, pkg], {
    quiet: true,
  });
};
/** The package lists of a machine may be older than its mirror. */
const withApt = (pkg) => async () => {
  const install = async () => run('apt-get', ['install', '-y', '-q', pkg], { quiet: true });
  const first = await install();
  if (first.code === 0) return first;
  await run('apt-get', ['update', '-q'], { quiet: true });
  return install();
};

/** `path` is what the environment variable names: a program, or a folder of them. */
export const SERVERS = {
  /** For CI alone, which runs `npm test` with it too. */
  node24: {
    env: 'CHAINKEEP_NODE24',
    folder: 'node-24.22.3',
    file: `node_modules/node-linux-${process.arch}/bin/node`,
    get: withNpm(`node-linux-${process.arch}@24.22.3`),
  },
  geth: {
    env: 'CHAINKEEP_GETH',
    folder: 'geth-1.13.15',
    file: 'geth',
    get: goInstall('github.com/ethereum/go-ethereum/cmd/geth@v1.13.15', ['-ldflags=-checklinkname=0']),
  },
  kafka: { env: 'CHAINKEEP_KAFKA', folder: 'kafka-4.1.1', file: 'lib', get: withMaven('4.1.1') },
  kcat: { env: 'CHAINKEEP_KCAT', path: '/usr/bin/kcat', get: withApt('kcat') },
  postgres: { env: 'CHAINKEEP_POSTGRES', path: POSTGRES, get: withApt('postgresql') },
  chromium: { env: 'CHAINKEEP_CHROMIUM', path: '/usr/bin/chromium', get: withApt('chromium') },
  dockerCompose: {
    env: 'CHAINKEEP_DOCKER_COMPOSE',
    path: '/usr/bin/docker-compose',
    get: withApt('docker-compose'),
  },
  promtool: { env: 'CHAINKEEP_PROMTOOL', path: '/usr/bin/promtool', get: withApt('prometheus') },
  dockerfilelint: {
    env: 'CHAINKEEP_DOCKERFILELINT',
    folder: 'dockerfilelint-1.8.0',
    file: 'node_modules/dockerfilelint/bin/dockerfilelint',
    get: withNpm('dockerfilelint@1.8.0'),
  },
  azurite: {
    env: 'CHAINKEEP_AZURITE',
    folder: 'azurite-3.35.0',
    file: 'node_modules/azurite/dist/src/blob/main.js',
    get: withNpm('azurite@3.35.0'),
  },
  toxiproxy: {
    env: 'CHAINKEEP_TOXIPROXY',
    folder: 'toxiproxy-2.5.0',
    file: 'server',
    get: withGo('github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0'),
  },
  minio: {
    env: 'CHAINKEEP_MINIO',
    folder: 'minio-20260212',
    file: 'minio',
    get: withGo('github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c'),
  },
  versitygw: {
    env: 'CHAINKEEP_VERSITYGW',
    folder: 'versitygw-1.8.0',
    file: 'versitygw',
    get: withGo('github.com/versity/versitygw/cmd/versitygw@v1.8.0'),
  },
  rclone: {
    env: 'CHAINKEEP_RCLONE',
    folder: 'rclone-1.76.0',
    file: 'rclone',
    get: withGo('github.com/rclone/rclone@v1.76.0'),
  },
};

/** Where a server is or will be; its environment variable wins. */
export const pathOf = (name) => {
  const { env, path, folder, file } = SERVERS[name];
  return process.env[env] || path || join(CACHE, folder, file);
};

/** Gets a server when it is missing (up to some minutes). Resolves to its path, or to what went wrong. */
export const provide = async (name) => {
  const { folder, get } = SERVERS[name];
  const path = pathOf(name);
  if (existsSync(path)) return { path };
  // Made beside its place and moved there whole, so that a broken download never counts as a server.
  const part = join(CACHE, `${folder ?? name}.part`);
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const { code, output } = await get(part);
  if (code !== 0) return { problem: `${name} could not be got:\n${output}` };
  if (folder) {
    rmSync(join(CACHE, folder), { recursive: true, force: true });
    mkdirSync(dirname(join(CACHE, folder)), { recursive: true });
    renameSync(part, join(CACHE, folder));
  } else rmSync(part, { recursive: true, force: true });
  return existsSync(path) ? { path } : { problem: `${name} was got, but ${path} is not there` };
};

/** Provides each in turn. Resolves to the environment the suites read, or to the first problem. */
export const provideAll = async (names = Object.keys(SERVERS)) => {
  const env = {};
  for (const name of names) {
    const { path, problem } = await provide(name);
    if (problem) return { problem };
    env[SERVERS[name].env] = path;
  }
  return { env };
};
