import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import {
  checkAnswer,
  configurationAnswer,
  deliveryAnswer,
  type CheckAnswer,
  type ConfigurationAnswer,
  type DeliveryAnswer,
} from '../answers/configuration.answers.js';
import { Described } from '../described.decorator.js';
import { From, type Caller } from '../edge/request.js';
import type { Tagged } from '../edge/tagged.interceptor.js';
import { ConfigurationHandler } from './configuration.handler.js';
import {
  configurationBody,
  configurationChanges,
  healBody,
  type ConfigurationBody,
  type ConfigurationChanges,
  type HealBody,
} from './configuration.mapping.js';
import { DeliveryHandler } from './delivery.handler.js';

@ApiTags('configurations')
@Controller('consortia/:c/environments/:e/configurations')
export class ConfigurationController {
  constructor(
    private readonly handler: ConfigurationHandler,
    private readonly deliveriesOf: DeliveryHandler,
  ) {}

  @Post()
  @Described(
    'Creates a configuration; type "backup" is a target. Secrets are sealed.',
    [201, configurationAnswer],
    [400, 403, 404, 409],
  )
  create(
    @Param('c') c: string,
    @Param('e') e: string,
    @Body({ schema: configurationBody }) body: ConfigurationBody,
    @From() caller: Caller,
  ): Promise<Tagged<ConfigurationAnswer>> {
    return this.handler.create({ c, e }, body, caller);
  }

  @Get()
  @Described('Lists the configurations the caller may see.', [200, z.array(configurationAnswer)])
  list(
    @Param('c') c: string,
    @Param('e') e: string,
    @From() caller: Caller,
  ): Promise<readonly ConfigurationAnswer[]> {
    return this.handler.list({ c, e }, caller);
  }

  @Get(':id')
  @Described('Returns a configuration; its secrets are masked.', [200, configurationAnswer])
  get(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<Tagged<ConfigurationAnswer>> {
    return this.handler.get({ c, e, id }, caller);
  }

  @Patch(':id')
  @Described(
    'Changes a configuration; environment_backup_target switches deliveries.',
    [200, configurationAnswer],
    [400, 403, 404, 412],
  )
  change(
    @Param() { c, e, id }: Readonly<Record<'c' | 'e' | 'id', string>>,
    @Body({ schema: configurationChanges }) body: ConfigurationChanges,
    @From() caller: Caller,
  ): Promise<Tagged<ConfigurationAnswer>> {
    return this.handler.change({ c, e, id }, body, caller);
  }

  @Delete(':id')
  @Described(
    'Removes a configuration: deliveries stop, files stay.',
    [202, configurationAnswer],
    [403, 404, 412],
  )
  remove(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<ConfigurationAnswer> {
    return this.handler.remove({ c, e, id }, caller);
  }

  @Post(':id/test')
  @Described(
    'Preflight of a target: write, read back, list, conditional put, remove.',
    [200, checkAnswer],
    [403, 404],
  )
  test(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<CheckAnswer> {
    return this.handler.test({ c, e, id }, caller);
  }

  @Get(':id/deliveries')
  @Described('Every file of the history and its state on this target.', [200, z.array(deliveryAnswer)])
  deliveries(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<readonly DeliveryAnswer[]> {
    return this.deliveriesOf.list({ c, e, id }, caller);
  }

  @Post(':id/retry')
  @Described(
    'Tries deliveries again now that failed or were suspended.',
    [202, configurationAnswer],
    [403, 404],
  )
  retry(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<Tagged<ConfigurationAnswer>> {
    return this.handler.retry({ c, e, id }, caller);
  }

  @Post(':id/heal')
  @Described(
    'Compares the target with the ledger and copies missing or altered files again; read_back reads every byte.',
    [202, configurationAnswer],
    [403, 404],
  )
  heal(
    @Param() { c, e, id }: Readonly<Record<'c' | 'e' | 'id', string>>,
    @Body({ schema: healBody }) { read_back: readBack = false }: HealBody,
    @From() caller: Caller,
  ): Promise<Tagged<ConfigurationAnswer>> {
    return this.handler.heal({ c, e, id }, readBack, caller);
  }

  @Post(':id/takeover')
  @Described(
    'Takes the place of a target over from another installation, which is refused there from then on.',
    [202, configurationAnswer],
    [403, 404, 409],
  )
  takeOver(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<Tagged<ConfigurationAnswer>> {
    return this.handler.takeOver({ c, e, id }, caller);
  }
}
