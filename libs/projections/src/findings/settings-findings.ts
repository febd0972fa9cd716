import type { LiveEnvironment } from '#libs/domain';
import type { OwnFinding } from './situation.js';

const has = ({ nodes }: LiveEnvironment, wanted: string): boolean =>
  [...nodes.values()].some(({ role }) => role === wanted);

type Rule = OwnFinding & Readonly<{ holds: (environment: LiveEnvironment) => boolean }>;

const RULES: readonly Rule[] = [
  {
    code: 'BACKUP_DISABLED',
    severity: 'warning',
    message: 'Backups are turned off.',
    section: '/settings',
    holds: ({ settings }) => !settings.enabled,
  },
  {
    code: 'GENESIS_MISSING',
    severity: 'warning',
    message: 'Copies are verify-only: the genesis document is missing, so they cannot be restored.',
    holds: ({ genesis }) => genesis === undefined,
  },
  {
    code: 'AGREEMENT_NO_VALIDATORS',
    severity: 'error',
    message: 'No validator is registered.',
    section: '/nodes',
    holds: (environment) => environment.settings.enabled && !has(environment, 'validator'),
  },
  {
    code: 'AGREEMENT_NO_MONITOR',
    severity: 'error',
    message: 'No monitor is registered.',
    section: '/nodes',
    holds: (environment) => environment.settings.enabled && !has(environment, 'monitor'),
  },
  {
    code: 'MONITOR_RESET_REQUIRED',
    severity: 'warning',
    message: 'Backups by client-export wait until the monitor is reset.',
    section: '/nodes',
    holds: ({ settings, monitorResetRequired }) =>
      settings.enabled && monitorResetRequired && settings.gather === 'client-export',
  },
];

/** What is missing or turned off in how an environment is set up. */
export const settingsFindings = (environment: LiveEnvironment): readonly OwnFinding[] =>
  RULES.filter(({ holds }) => holds(environment)).map(({ holds: _holds, ...draft }) => draft);
