/** @proves The deployment files run every service with a health check, pin every image and set only variables that are read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { runNode } from '../support/programs/run-program.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

type Container = Readonly<{
  image: string;
  command?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  deploy?: Readonly<{ replicas: number }>;
  healthcheck?: Readonly<{ test: readonly string[] }>;
}>;
const compose = parse(read('docker-compose.yml'), { merge: true }) as Readonly<{
  services: Readonly<Record<string, Container>>;
  volumes: Readonly<Record<string, unknown>>;
}>;

/** Apps that are a service of the distributed mode: what runs them is `runService`. */
const SERVICES = readdirSync(join(ROOT, 'apps')).filter((app) => {
  const main = join('apps', app, 'src/main.ts');
  return existsSync(join(ROOT, main)) && read(main).includes('runService');
});
const ours = Object.entries(compose.services).filter(([, { image }]) => image.startsWith('chainkeep'));

describe('the deployment files', () => {
  it('run every service of the distributed mode, several times, with a health check', () => {
    expect(ours.map(([name]) => name).sort()).toEqual([...SERVICES].sort());
    for (const [name, { command, deploy, healthcheck }] of ours) {
      expect({ name, command }).toEqual({ name, command: [name] });
      expect(deploy?.replicas).toBeGreaterThanOrEqual(2);
      expect(healthcheck?.test).toEqual(['CMD', 'node', 'deploy/run.mjs', 'health']);
    }
  });

  it('check the health of everything else too', () => {
    for (const [name, { healthcheck }] of Object.entries(compose.services))
      expect({ name, checked: healthcheck !== undefined }).toEqual({ name, checked: true });
  });

  it('pin every image to a version', () => {
    for (const [name, { image }] of Object.entries(compose.services))
      expect({ name, image }).toEqual({ name, image: expect.stringMatching(/:v?\d+(\.\d+)+(-\w+)?$/) });
    const bases = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    for (const base of bases) expect(base).toMatch(/:\d+\.\d+\.\d+-/);
  });

  it('set only variables that the service reads, and all that it must have', () => {
    const common = read('libs/composition/src/distributed.config.ts');
    for (const [name, { environment = {} }] of ours) {
      const known = common + read(`apps/${name}/src/${name}.config.ts`);
      const unknown = Object.keys(environment).filter((variable) => !known.includes(`${variable}:`));
      expect({ name, unknown }).toEqual({ name, unknown: [] });
      for (const must of ['KAFKA_BROKERS', 'DATABASE_URL', 'CHAINKEEP_SECRET_KEY'])
        expect(Object.keys(environment)).toContain(must);
    }
  });

  it('name every app in nest-cli.json', () => {
    const { projects } = JSON.parse(read('nest-cli.json')) as {
      projects: Record<string, { entryFile: string }>;
    };
    const apps = readdirSync(join(ROOT, 'apps')).filter((app) =>
      existsSync(join(ROOT, 'apps', app, 'src/main.ts')),
    );
    expect(Object.keys(projects).sort()).toEqual(apps.sort());
    for (const [name, { entryFile }] of Object.entries(projects))
      expect(entryFile).toBe(`apps/${name}/src/main`);
  });

  it('scrape every service that has no HTTP of its own, and draw only gauges that exist', () => {
    const { scrape_configs: jobs } = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: { dns_sd_configs?: { names: string[] }[] }[];
    };
    const scraped = jobs.flatMap((job) => job.dns_sd_configs ?? []).flatMap(({ names }) => names);
    expect(scraped.sort()).toEqual(SERVICES.filter((name) => name !== 'admin-api').sort());
    const sources = [
      'apps/admin-api/src/operations/metrics.ts',
      'libs/composition/src/health-server.ts',
      'libs/composition/src/run-service.ts',
      'libs/runtime/src/metrics.ts',
    ];
    const known = sources.map(read).join('\n');
    const drawn = ['deploy/grafana/dashboards/chainkeep.json', 'deploy/prometheus/rules.yml'].map(read);
    const names = new Set(drawn.join('\n').match(/chainkeep_[a-z_]+/g));
    expect(names.size).toBeGreaterThan(5);
    for (const name of names) expect(known).toContain(name);
  });

  it('the entry of the image runs the app it is asked for, and says which apps there are', async () => {
    const image = await mkdtemp(join(tmpdir(), 'chainkeep-image-'));
    const entry = (app: string) => runNode(['deploy/run.mjs', app, 'argument'], image);
    await cp(join(ROOT, 'deploy/run.mjs'), join(image, 'deploy/run.mjs'));
    const unbuilt = await entry('relay');
    await mkdir(join(image, 'dist/apps/relay/src'), { recursive: true });
    await writeFile(
      join(image, 'dist/apps/relay/src/main.js'),
      "console.log('argv', ...process.argv.slice(2))",
    );
    const unknown = await entry('no-such-app');
    const known = await entry('relay');
    await rm(image, { recursive: true });

    expect(unbuilt.code).toBe(2);
    expect(unbuilt.err).toContain('nothing is built here');
    expect(unknown.code).toBe(2);
    expect(unknown.err).toBe('Unknown app "no-such-app". There are: relay.\n');
    expect(known.code).toBe(0);
    expect(known.out).toBe('argv argument\n');
  });
});
