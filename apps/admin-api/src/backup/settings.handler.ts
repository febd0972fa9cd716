import { assertSchedule, nextSlots } from '#libs/domain';
import type { NextRunsAnswer, SettingsAnswer } from '../answers/backup.answers.js';
import { requireOperator } from '../access.js';
import type { Caller } from '../edge/request.js';
import { Tagged } from '../edge/tagged.interceptor.js';
import type { Kit } from '../kit.js';
import type { EnvironmentPath } from '../resources.js';
import {
  fromSettings,
  NEXT_RUNS,
  toSchedule,
  toSettings,
  type ScheduleQuery,
  type SettingsBody,
} from './settings.mapping.js';

/** The backup configuration of an environment. It is there from the start, disabled. */
export class SettingsHandler {
  constructor(private readonly kit: Pick<Kit, 'commands' | 'resources' | 'streams'>) {}

  async get(path: EnvironmentPath, caller: Caller): Promise<Tagged<SettingsAnswer>> {
    const { state, revision } = await this.kit.resources.environment(caller, path);
    return new Tagged(fromSettings(state, this.kit.commands.now()), revision);
  }

  /** When a schedule would run. SCHEDULE_INVALID for one that can't. */
  async nextRuns(path: EnvironmentPath, query: ScheduleQuery, caller: Caller): Promise<NextRunsAnswer> {
    const { commands, resources } = this.kit;
    const { state } = await resources.environment(caller, path);
    const { schedule: before } = state.settings;
    const schedule = toSchedule(query, before) ?? before;
    assertSchedule(schedule);
    return { next_runs: nextSlots(schedule, commands.now(), NEXT_RUNS) };
  }

  /** `first`: refuse with BACKUP_ALREADY_CONFIGURED what was changed before. */
  async configure(
    path: EnvironmentPath,
    body: SettingsBody,
    first: boolean,
    caller: Caller,
  ): Promise<Tagged<SettingsAnswer>> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    const { state } = await resources.environment(caller, path);
    const changes = toSettings(body, state.settings);
    const command = { type: 'ConfigureBackup', changes, first, at: commands.now() } as const;
    await commands.give(streams.environments, path.e, command, caller);
    return this.get(path, caller);
  }
}
