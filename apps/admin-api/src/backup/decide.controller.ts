import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { decisionAnswer, type DecisionAnswer } from '../answers/backup.answers.js';
import { Described } from '../described.decorator.js';
import { From, type Caller } from '../edge/request.js';
import { decideBody, DecideHandler, type DecideBody } from './decide.handler.js';

@ApiTags('backup')
@Controller('consortia/:c/environments/:e/backup')
export class DecideController {
  constructor(private readonly decisions: DecideHandler) {}

  @Post('decide')
  @Described(
    'Decides what becomes of files that the nodes left: keep them, or supersede them in the next run.',
    [200, decisionAnswer],
    [400, 403, 404, 409],
  )
  @HttpCode(200)
  decide(
    @Param() { c, e }: Readonly<Record<'c' | 'e', string>>,
    @Body({ schema: decideBody }) body: DecideBody,
    @From() caller: Caller,
  ): Promise<DecisionAnswer> {
    return this.decisions.decide({ c, e }, body, caller);
  }
}
