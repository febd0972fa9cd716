import { api, unwrap, type Check, type Settings } from '../api/client.js';
import type { EnvironmentPath } from '../api/queries.js';
import { toBody, toForm, type SettingsForm } from './schedule-form.js';

/** What saving did, step by step. */
export type Saved = Readonly<{
  settings: Settings;
  /** The monitor's reset, when the change needed one; `undefined` when it did not. */
  reset: Readonly<{ node: string; how: string; findings: readonly Check[] }> | undefined;
  /** A reset was needed and there is no monitor to reset. */
  noMonitor: boolean;
}>;

const environment = '/api/v1/consortia/{c}/environments/{e}' as const;

/** Resets the monitor, which some changes of the settings require. */
export const resetMonitor = async (place: EnvironmentPath): Promise<Pick<Saved, 'reset' | 'noMonitor'>> => {
  const nodes = await unwrap(api.GET(`${environment}/nodes`, { params: { path: place } }));
  const monitor = nodes.find(({ role }) => role === 'monitor');
  if (monitor === undefined) return { reset: undefined, noMonitor: true };
  const { reset } = await unwrap(
    api.PUT(`${environment}/nodes/{id}/reset`, { params: { path: { ...place, id: monitor._id } } }),
  );
  return { reset: { node: monitor.name, ...reset }, noMonitor: false };
};

/** Saves what differs from the settings of before, and resets the monitor when that is required. */
export const saveSettings = async (
  place: EnvironmentPath,
  form: SettingsForm,
  before: Settings,
): Promise<Saved> => {
  const settings = await unwrap(
    api.PATCH(`${environment}/backup`, { params: { path: place }, body: toBody(form, toForm(before)) }),
  );
  if (!settings.monitor_reset_required) return { settings, reset: undefined, noMonitor: false };
  return { settings, ...(await resetMonitor(place)) };
};
