import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { textAnswer } from '../answers/operation.answers.js';
import { DescribedRaw } from '../described.decorator.js';
import { From, type ApiRequest, type ApiResponse, type Caller } from '../edge/request.js';
import { EventHandler } from './event.handler.js';

@ApiTags('operations')
@Controller('events')
export class EventController {
  constructor(private readonly handler: EventHandler) {}

  @Get()
  @DescribedRaw(
    'Server-sent events of what the caller may see. Goes on after Last-Event-ID; if that event is unknown, sends `reset` and goes on from now. `0` begins with the first event.',
    [200, textAnswer],
    [],
  )
  follow(@Req() request: ApiRequest, @Res() response: ApiResponse, @From() caller: Caller): Promise<void> {
    return this.handler.follow(request, response, caller);
  }
}
