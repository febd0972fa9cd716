import { createLog, runUntilSignal } from '#libs/platform';
import { ensureOperatorKey } from '../../admin-api/src/index.js';
import type { DemoNetwork } from '../../demo-network/src/index.js';
import { startDemo } from './demo.js';
import { applyNetworkFile } from './network-file.js';
import { readStandaloneConfig } from './standalone.config.js';
import { startStandalone, type StartOptions } from './standalone.module.js';

const STOP_MS = 20_000;

/** Runs the standalone mode until a signal: the network of the file, or the demo network when there is none. */
export const run = async (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  decorate?: StartOptions['decorate'],
): Promise<void> => {
  const config = readStandaloneConfig(argv, env);
  const log = createLog({ level: config.logLevel });
  const isDemo = config.networkFile === undefined;
  const standalone = await startStandalone({
    config,
    log,
    open: isDemo && config.host === '127.0.0.1',
    ...(decorate ? { decorate } : {}),
  });
  const { ports, url } = standalone;
  let demo: DemoNetwork | undefined;
  runUntilSignal({
    log,
    deadlineMs: STOP_MS,
    stop: async () => {
      await demo?.stop();
      await standalone.stop();
    },
  });
  const key = await ensureOperatorKey(ports);
  if (isDemo) demo = await startDemo(ports, config.demoPeriodMs);
  else await applyNetworkFile({ url, file: config.networkFile ?? '', key, env, ports });
  process.stdout.write(greeting({ url, home: config.home, key, isDemo }));
};

const greeting = ({
  url,
  home,
  key,
  isDemo,
}: Readonly<{ url: string; home: string; key: string | undefined; isDemo: boolean }>): string => {
  const lines = [
    '',
    'Chainkeep is running.',
    `  API          ${url}/api/v1    (docs: ${url}/docs)`,
    `  Data         ${home}`,
    ...(isDemo
      ? [
          `  Files        ${home}/managed/demo`,
          `  History      ${url}/api/v1/consortia/demo/environments/demo/backup/history`,
          '  The demo network is open: requests from this machine need no key.',
        ]
      : []),
    ...(key === undefined
      ? []
      : [`  Operator key ${key}`, '               Keep it: it is shown once and stored only as a digest.']),
    '  Backups hold blocks only: no private payloads, no validator keys, no node configuration.',
    '  Ctrl-C stops it; the next start goes on where this one ended.',
    '',
  ];
  return `${lines.join('\n')}\n`;
};
