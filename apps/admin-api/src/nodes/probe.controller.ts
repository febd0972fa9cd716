import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { probeAnswer, type ProbeAnswer } from '../answers/network.answers.js';
import { Described } from '../described.decorator.js';
import { From, type Caller } from '../edge/request.js';
import { probeBody, type ProbeBody } from './node.mapping.js';
import { ProbeHandler } from './probe.handler.js';

@ApiTags('nodes')
@Controller('probe')
export class ProbeController {
  constructor(private readonly handler: ProbeHandler) {}

  @Post()
  @Described('Looks at a node that is not registered; nothing of it is kept.', [200, probeAnswer], [400, 403])
  probe(@Body({ schema: probeBody }) body: ProbeBody, @From() caller: Caller): Promise<ProbeAnswer> {
    return this.handler.description(body, caller);
  }
}
