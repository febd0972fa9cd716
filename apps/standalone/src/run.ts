import { readStandaloneNetwork } from '#libs/composition/standalone.adapters';
import { createLog, runUntilSignal } from '#libs/runtime';
import { ensureOperatorKey, keptOperatorKey } from '#libs/services';
import type { Demo, startDemo } from '../../../demo/src/index.js';
import { applyNetworkFile } from './network-file.js';
import { readStandaloneConfig, type StandaloneConfig } from './standalone.config.js';
import { startStandalone, type Standalone, type StartOptions } from './start-standalone.js';

const STOP_MS = 20_000;

type Env = Readonly<Record<string, string | undefined>>;

/** Runs the standalone mode until a signal: the network of the file, or the demo network when there is none. */
export const run = async (
  argv: readonly string[],
  env: Env,
  decorate?: StartOptions['decorate'],
): Promise<void> => {
  const config = readStandaloneConfig(argv, env);
  const log = createLog({ level: config.logLevel });
  // A file with problems is refused before anything starts.
  const desired =
    config.networkFile === undefined ? undefined : readStandaloneNetwork(config.networkFile, env);
  const isDemo = desired === undefined;
  const open = isDemo && config.host === '127.0.0.1';
  const standalone = await startStandalone({
    config,
    log,
    open,
    ...(desired === undefined ? {} : { local: desired }),
    ...(decorate ? { decorate } : {}),
  });
  const { ports, url } = standalone;
  let demo: Demo | undefined;
  runUntilSignal({
    log,
    deadlineMs: STOP_MS,
    stop: async () => {
      await demo?.stop();
      await standalone.stop();
    },
  });
  const newKey = await ensureOperatorKey(ports);
  if (desired === undefined) demo = await loadAndStartDemo(ports, config.demoPeriodMs);
  const notes =
    desired === undefined
      ? [`  Demo control ${demo?.controlUrl ?? ''}`]
      : await register(desired, { standalone, config, env });
  process.stdout.write(greeting({ url, home: config.home, key: newKey, isDemo, open, notes }));
};

/** The demo brings an EVM, so it is loaded only when it runs. */
const loadAndStartDemo = async (...of: Parameters<typeof startDemo>): Promise<Demo> =>
  (await import('../../../demo/src/index.js')).startDemo(...of);

type Desired = ReturnType<typeof readStandaloneNetwork>;

/** What a start has to say about the network file. */
const register = async (
  desired: Desired,
  { standalone, config, env }: Readonly<{ standalone: Standalone; config: StandaloneConfig; env: Env }>,
): Promise<readonly string[]> => {
  const key = (await keptOperatorKey(config.home)) ?? env['CHAINKEEP_TOKEN'];
  if (key === undefined) {
    return [
      '  The network file was not applied: operator.key is gone and CHAINKEEP_TOKEN is not set.',
      '  For a new key, run chainkeep keys issue --local on this machine, and set CHAINKEEP_TOKEN to it.',
    ];
  }
  const drift = await applyNetworkFile({
    url: standalone.url,
    key,
    desired,
    store: standalone.ports.store,
  });
  if (drift.length === 0) return ['  Network      as in the file'];
  return [
    '  Drift        changed since, and left as it is (chainkeep apply -f makes it as in the file):',
    ...drift.map((line) => `    ${line}`),
  ];
};

type Greeting = Readonly<{
  url: string;
  home: string;
  key: string | undefined;
  isDemo: boolean;
  open: boolean;
  notes: readonly string[];
}>;

const greeting = ({ url, home, key, isDemo, open, notes }: Greeting): string => {
  const lines = [
    '',
    'Chainkeep is running.',
    `  Console      ${url}`,
    `  API          ${url}/api/v1    (docs: ${url}/docs)`,
    `  Data         ${home}`,
    ...(isDemo
      ? [
          `  Files        ${home}/managed/demo`,
          `  History      ${url}/api/v1/consortia/demo/environments/demo/backup/history`,
        ]
      : []),
    ...(open ? ['  The demo is open: requests from this machine need no key.'] : []),
    ...notes,
    ...(key === undefined
      ? []
      : [
          `  Operator key ${key}`,
          '               Shown once; kept for this machine in operator.key of the data directory.',
        ]),
    '  Backups hold blocks only: no private payloads, no validator keys, no node configuration.',
    '  Ctrl-C stops it; the next start goes on where this one ended.',
    '',
  ];
  return `${lines.join('\n')}\n`;
};
