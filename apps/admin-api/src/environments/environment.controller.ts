import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { environmentAnswer, type EnvironmentAnswer } from '../answers/network.answers.js';
import { Described } from '../described.decorator.js';
import { From, type Caller } from '../edge/request.js';
import type { Tagged } from '../edge/tagged.interceptor.js';
import { EnvironmentHandler } from './environment.handler.js';
import {
  environmentBody,
  environmentChanges,
  type EnvironmentBody,
  type EnvironmentChanges,
} from './environment.mapping.js';

@ApiTags('environments')
@Controller('consortia/:c/environments')
export class EnvironmentController {
  constructor(private readonly handler: EnvironmentHandler) {}

  @Post()
  @Described(
    'Creates an environment; its backup is disabled at first.',
    [201, environmentAnswer],
    [400, 403, 404, 409],
  )
  create(
    @Param('c') c: string,
    @Body({ schema: environmentBody }) body: EnvironmentBody,
    @From() caller: Caller,
  ): Promise<Tagged<EnvironmentAnswer>> {
    return this.handler.create(c, body, caller);
  }

  @Get()
  @Described('Lists the environments of a consortium.', [200, z.array(environmentAnswer)])
  list(@Param('c') c: string, @From() caller: Caller): Promise<readonly EnvironmentAnswer[]> {
    return this.handler.list(c, caller);
  }

  @Get(':e')
  @Described('Returns an environment.', [200, environmentAnswer])
  get(
    @Param('c') c: string,
    @Param('e') e: string,
    @From() caller: Caller,
  ): Promise<Tagged<EnvironmentAnswer>> {
    return this.handler.get({ c, e }, caller);
  }

  @Patch(':e')
  @Described('Changes an environment.', [200, environmentAnswer], [400, 403, 404, 412])
  change(
    @Param('c') c: string,
    @Param('e') e: string,
    @Body({ schema: environmentChanges }) body: EnvironmentChanges,
    @From() caller: Caller,
  ): Promise<Tagged<EnvironmentAnswer>> {
    return this.handler.change({ c, e }, body, caller);
  }

  @Delete(':e')
  @Described(
    'Removes an environment: runs and deliveries stop, files stay.',
    [202, environmentAnswer],
    [403, 404, 412],
  )
  remove(@Param('c') c: string, @Param('e') e: string, @From() caller: Caller): Promise<EnvironmentAnswer> {
    return this.handler.remove({ c, e }, caller);
  }
}
