import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { HISTORY_FILE, historyToJson } from '#libs/archive';
import {
  historyAnswer,
  nextRunsAnswer,
  reanchorAnswer,
  releaseAnswer,
  runAnswer,
  settingsAnswer,
  statusAnswer,
  type NextRunsAnswer,
  type ReanchorAnswer,
  type ReleaseAnswer,
  type RunAnswer,
  type SettingsAnswer,
  type StatusAnswer,
} from '../answers/backup.answers.js';
import { Described, DescribedRaw } from '../described.decorator.js';
import { From, type ApiResponse, type Caller } from '../edge/request.js';
import type { Tagged } from '../edge/tagged.interceptor.js';
import { HistoryHandler, type HistoryQuery } from './history.handler.js';
import { reasonBody, RunHandler, type ReasonBody, type RunQuery } from './run.handler.js';
import { SettingsHandler } from './settings.handler.js';
import { scheduleQuery, settingsBody, type ScheduleQuery, type SettingsBody } from './settings.mapping.js';
import { StatusHandler, type StatusQuery } from './status.handler.js';

const RUNS_MAX = 1_000;
const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');
const historyQuery = z.object({
  extended: flag,
  as_of: z.iso.datetime({ offset: true }).optional(),
});
const statusQuery = z.object({ thorough: flag });
const runQuery = z.object({
  limit: z.coerce.number().int().min(1).max(RUNS_MAX).optional(),
  before: z.string().max(200).optional(),
});

@ApiTags('backup')
@Controller('consortia/:c/environments/:e/backup')
export class BackupController {
  constructor(
    private readonly settings: SettingsHandler,
    private readonly runs: RunHandler,
    private readonly histories: HistoryHandler,
    private readonly statuses: StatusHandler,
  ) {}

  @Get()
  @Described('Returns the backup configuration with its next runs.', [200, settingsAnswer])
  get(@Param('c') c: string, @Param('e') e: string, @From() caller: Caller): Promise<Tagged<SettingsAnswer>> {
    return this.settings.get({ c, e }, caller);
  }

  @Post()
  @Described('Configures a backup that was never changed.', [201, settingsAnswer], [400, 403, 404, 409])
  configure(
    @Param('c') c: string,
    @Param('e') e: string,
    @Body({ schema: settingsBody }) body: SettingsBody,
    @From() caller: Caller,
  ): Promise<Tagged<SettingsAnswer>> {
    return this.settings.configure({ c, e }, body, true, caller);
  }

  @Patch()
  @Described('Changes the backup configuration.', [200, settingsAnswer], [400, 403, 404, 412])
  change(
    @Param('c') c: string,
    @Param('e') e: string,
    @Body({ schema: settingsBody }) body: SettingsBody,
    @From() caller: Caller,
  ): Promise<Tagged<SettingsAnswer>> {
    return this.settings.configure({ c, e }, body, false, caller);
  }

  @Get('next-runs')
  @Described('When a schedule would run, without changing anything.', [200, nextRunsAnswer], [400, 404])
  nextRuns(
    @Param('c') c: string,
    @Param('e') e: string,
    @Query({ schema: scheduleQuery }) query: ScheduleQuery,
    @From() caller: Caller,
  ): Promise<NextRunsAnswer> {
    return this.settings.nextRuns({ c, e }, query, caller);
  }

  @Post('runs')
  @Described(
    'Requests a backup now; during a run it becomes its follow-up.',
    [202, runAnswer],
    [403, 404, 409],
  )
  run(@Param('c') c: string, @Param('e') e: string, @From() caller: Caller): Promise<RunAnswer> {
    return this.runs.request({ c, e }, caller);
  }

  @Get('runs')
  @Described('Lists the runs, newest first.', [200, z.array(runAnswer)], [400, 404])
  listRuns(
    @Param('c') c: string,
    @Param('e') e: string,
    @Query({ schema: runQuery }) query: RunQuery,
    @From() caller: Caller,
  ): Promise<readonly RunAnswer[]> {
    return this.runs.list({ c, e }, query, caller);
  }

  @Get('runs/:id')
  @Described('Returns a run: its phases, what each validator said, its files.', [200, runAnswer])
  getRun(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<RunAnswer> {
    return this.runs.get({ c, e, id }, caller);
  }

  @Post('runs/:id/release')
  @Described(
    'Lets the next run record the file that this run held back because of its evidence.',
    [200, releaseAnswer],
    [403, 404, 409],
  )
  @HttpCode(200)
  release(
    @Param() { c, e, id }: Readonly<Record<'c' | 'e' | 'id', string>>,
    @Body({ schema: reasonBody }) body: ReasonBody,
    @From() caller: Caller,
  ): Promise<ReleaseAnswer> {
    return this.runs.release({ c, e, id }, body, caller);
  }

  @Post('reanchor')
  @Described(
    'Follows the validators from the last backed-up block again, starting with those that the nodes state.',
    [200, reanchorAnswer],
    [403, 404, 409],
  )
  @HttpCode(200)
  reanchor(
    @Param() { c, e }: Readonly<Record<'c' | 'e', string>>,
    @Body({ schema: reasonBody }) body: ReasonBody,
    @From() caller: Caller,
  ): Promise<ReanchorAnswer> {
    return this.runs.reanchor({ c, e }, body, caller);
  }

  @Get('history')
  @DescribedRaw('Downloads the history document.', [200, historyAnswer], [400, 404])
  async history(
    @Param() { c, e }: Readonly<Record<'c' | 'e', string>>,
    @Query({ schema: historyQuery }) query: HistoryQuery,
    @Res() response: ApiResponse,
    @From() caller: Caller,
  ): Promise<void> {
    const { document, revision } = await this.histories.get({ c, e }, query, caller);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.setHeader('Content-Disposition', `attachment; filename="${HISTORY_FILE}"`);
    // The extended form changes with deliveries, which are not of this stream.
    if (!query.extended) response.setHeader('ETag', `"${revision}"`);
    response.send(historyToJson(document));
  }

  @Get('status')
  @Described(
    'What is going on, and what is wrong: run, monitor, protected and head block, lag, findings. With `thorough=true` the nodes are asked now; that takes up to half a minute.',
    [200, statusAnswer],
    [400, 404],
  )
  status(
    @Param('c') c: string,
    @Param('e') e: string,
    @Query({ schema: statusQuery }) query: StatusQuery,
    @From() caller: Caller,
  ): Promise<StatusAnswer> {
    return this.statuses.get({ c, e }, query, caller);
  }
}
