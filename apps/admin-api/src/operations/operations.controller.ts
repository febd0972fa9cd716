import { Controller, Get, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { METRICS_TYPE } from '#libs/runtime';
import { requireOperator } from '../access.js';
import {
  liveAnswer,
  readyAnswer,
  rebuiltAnswer,
  textAnswer,
  type LiveAnswer,
  type ReadyAnswer,
  type RebuiltAnswer,
} from '../answers/operation.answers.js';
import { identityAnswer, type IdentityAnswer } from '../answers/network.answers.js';
import { Described, DescribedRaw } from '../described.decorator.js';
import { NoKeyNeeded, NoKeyRead } from '../edge/auth.guard.js';
import { EVERY_CONSORTIUM, From, type ApiResponse, type Caller } from '../edge/request.js';
import { HealthHandler } from './health.handler.js';
import { toMetrics } from './metrics.js';
import { RebuildHandler } from './rebuild.handler.js';

const UNAVAILABLE = 503;

const rebuildQuery = z.object({
  take_rebuilt: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
});
type RebuildQuery = z.output<typeof rebuildQuery>;

@ApiTags('operations')
@Controller()
export class OperationsController {
  constructor(
    private readonly health: HealthHandler,
    private readonly rebuilds: RebuildHandler,
  ) {}

  @Get('livez')
  @NoKeyNeeded()
  @NoKeyRead()
  @Described('Does the process run, and which build of it?', [200, liveAnswer], [])
  livez(): LiveAnswer {
    const { version, commit } = this.health.options;
    return { status: 'ok', version, commit };
  }

  @Get('readyz')
  @NoKeyNeeded()
  @DescribedRaw(
    'Can the process work? With a key: what failed, is disputed, overdue or suspended.',
    [200, readyAnswer],
    [503],
  )
  async readyz(@Res() response: ApiResponse, @From() caller: Caller | undefined): Promise<void> {
    const blocked = await this.health.blocked();
    if (blocked !== undefined) {
      const { error, since } = blocked;
      const host = error.context['host'];
      response.status(UNAVAILABLE).json({ status: 'unavailable', code: error.code, host, since });
      return;
    }
    const { open, version, commit } = this.health.options;
    const details = caller === undefined ? {} : await this.health.details(caller);
    const answer: ReadyAnswer = { status: 'ok', open, version, commit, ...details };
    response.status(200).json(answer);
  }

  @Get('me')
  @Described('Who the caller is: role, membership, consortium.', [200, identityAnswer], [])
  me(@From() { principal }: Caller): IdentityAnswer {
    const { role, memberId, consortiumId } = principal;
    const { open, version } = this.health.options;
    return {
      role,
      membership_id: memberId ?? null,
      consortium_id: consortiumId === EVERY_CONSORTIUM ? null : consortiumId,
      open,
      version,
    };
  }

  @Get('metrics')
  @DescribedRaw('Gauges in the text form of Prometheus.', [200, textAnswer], [403])
  async metrics(@Res() response: ApiResponse, @From() caller: Caller): Promise<void> {
    requireOperator(caller);
    const text = await toMetrics(await this.health.details(caller), this.health.options.version);
    response.setHeader('Content-Type', METRICS_TYPE);
    response.send(text);
  }

  @Post('history/rebuild')
  @Described(
    'Rebuilds the history from the store beside the live one, compares and switches. With `take_rebuilt=true` it switches also when they differ.',
    [200, rebuiltAnswer],
    [400, 403],
  )
  rebuild(
    @Query({ schema: rebuildQuery }) query: RebuildQuery,
    @From() caller: Caller,
  ): Promise<RebuiltAnswer> {
    return this.rebuilds.run(caller, { takeDifferent: query.take_rebuilt });
  }
}
