/** @proves The tools that read them accept the Compose file, the Dockerfile and the Prometheus rules. No container is started. */
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { describeWith, pathOfServer } from '../support/servers/real-servers.js';
import { runNode, runProgram } from '../support/programs/run-program.js';

const ROOT = join(import.meta.dirname, '../..');
const PROMETHEUS = join(ROOT, 'deploy/prometheus');
const SECRETS = ['CHAINKEEP_SECRET_KEY', 'POSTGRES_PASSWORD', 'S3_SECRET_KEY', 'GRAFANA_PASSWORD'];

/** No engine is at hand: these tools read the files as an engine would. */
describeWith(
  'dockerCompose',
  'promtool',
  'dockerfilelint',
)('The deployment files and the tools of their formats', () => {
  it('docker-compose understands docker-compose.yml', async () => {
    const env = { ...process.env, ...Object.fromEntries(SECRETS.map((name) => [name, 'secret'])) };
    const args = ['-f', 'docker-compose.yml', 'config'];
    const { code, out, err } = await runProgram(pathOfServer('dockerCompose'), args, ROOT, env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('consensus-resolver:');
  });

  it('promtool understands the rules and the configuration, and the alerts fire when they should', async () => {
    const promtool = pathOfServer('promtool');
    for (const args of [
      ['check', 'config', '--syntax-only', 'prometheus.yml'],
      ['check', 'rules', 'rules.yml'],
      ['test', 'rules', 'rules.test.yml'],
    ]) {
      const { code, out, err } = await runProgram(promtool, args, PROMETHEUS);
      expect({ args, code, said: code === 0 ? '' : out + err }).toEqual({ args, code: 0, said: '' });
    }
  });

  it('the linter has nothing against the Dockerfile', async () => {
    const { code, out } = await runNode([pathOfServer('dockerfilelint'), 'Dockerfile'], ROOT);
    expect({ code, said: code === 0 ? '' : out }).toEqual({ code: 0, said: '' });
  });
});
