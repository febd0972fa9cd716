import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { providerAnswer } from '../answers/provider.answers.js';
import type { Answer } from '../answers/registry.js';
import { Described } from '../described.decorator.js';
import { ProviderHandler } from './provider.handler.js';

@ApiTags('configurations')
@Controller('providers')
export class ProviderController {
  constructor(private readonly handler: ProviderHandler) {}

  @Get()
  @Described(
    'Lists the kinds of places a target or managed bucket can be, and what each needs to be told.',
    [200, z.array(providerAnswer)],
    [],
  )
  list(): readonly Answer<typeof providerAnswer>[] {
    return this.handler.list();
  }
}
