import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { consortiumAnswer, type ConsortiumAnswer } from '../answers/network.answers.js';
import { Described } from '../described.decorator.js';
import { From, type Caller } from '../edge/request.js';
import type { Tagged } from '../edge/tagged.interceptor.js';
import { ConsortiumHandler } from './consortium.handler.js';
import {
  consortiumBody,
  consortiumChanges,
  type ConsortiumBody,
  type ConsortiumChanges,
} from './consortium.mapping.js';

@ApiTags('consortia')
@Controller('consortia')
export class ConsortiumController {
  constructor(private readonly handler: ConsortiumHandler) {}

  @Post()
  @Described('Creates a consortium.', [201, consortiumAnswer], [400, 403, 409])
  create(
    @Body({ schema: consortiumBody }) body: ConsortiumBody,
    @From() caller: Caller,
  ): Promise<Tagged<ConsortiumAnswer>> {
    return this.handler.create(body, caller);
  }

  @Get()
  @Described('Lists the consortia.', [200, z.array(consortiumAnswer)], [])
  list(@From() caller: Caller): Promise<readonly ConsortiumAnswer[]> {
    return this.handler.list(caller);
  }

  @Get(':c')
  @Described('Returns a consortium.', [200, consortiumAnswer])
  get(@Param('c') c: string, @From() caller: Caller): Promise<Tagged<ConsortiumAnswer>> {
    return this.handler.get(c, caller);
  }

  @Patch(':c')
  @Described('Changes a consortium.', [200, consortiumAnswer], [400, 403, 404, 412])
  change(
    @Param('c') c: string,
    @Body({ schema: consortiumChanges }) body: ConsortiumChanges,
    @From() caller: Caller,
  ): Promise<Tagged<ConsortiumAnswer>> {
    return this.handler.change(c, body, caller);
  }

  @Delete(':c')
  @Described('Removes a consortium with all it holds; files stay.', [202, consortiumAnswer], [403, 404, 412])
  remove(@Param('c') c: string, @From() caller: Caller): Promise<ConsortiumAnswer> {
    return this.handler.remove(c, caller);
  }
}
