import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { managedTakeoverAnswer, type ManagedTakeoverAnswer } from '../answers/network.answers.js';
import { Described } from '../described.decorator.js';
import { From, type Caller } from '../edge/request.js';
import { EnvironmentHandler } from './environment.handler.js';

@ApiTags('backup')
@Controller('consortia/:c/environments/:e/backup/managed')
export class ManagedController {
  constructor(private readonly environments: EnvironmentHandler) {}

  @Post('takeover')
  @Described(
    'Makes the managed bucket belong to this installation again; earlier writers are refused. Operators only.',
    [200, managedTakeoverAnswer],
    [400, 403, 404, 409],
  )
  @HttpCode(200)
  takeOver(
    @Param() { c, e }: Readonly<Record<'c' | 'e', string>>,
    @From() caller: Caller,
  ): Promise<ManagedTakeoverAnswer> {
    return this.environments.takeOverManaged({ c, e }, caller);
  }
}
