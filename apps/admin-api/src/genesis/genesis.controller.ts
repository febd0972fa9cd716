import { Body, Controller, Get, Param, Put, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import {
  genesisAnswer,
  providedGenesisAnswer,
  type ProvidedGenesisAnswer,
} from '../answers/network.answers.js';
import { Described, DescribedRaw } from '../described.decorator.js';
import { From, type ApiResponse, type Caller } from '../edge/request.js';
import { GenesisHandler } from './genesis.handler.js';

@ApiTags('genesis')
@Controller('consortia/:c/environments/:e/genesis')
export class GenesisController {
  constructor(private readonly handler: GenesisHandler) {}

  @Get()
  @DescribedRaw('Returns the genesis document as it was provided.', [200, genesisAnswer])
  async get(
    @Param('c') c: string,
    @Param('e') e: string,
    @Res() response: ApiResponse,
    @From() caller: Caller,
  ): Promise<void> {
    const { text, revision } = await this.handler.get({ c, e }, caller);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.setHeader('ETag', `"${revision}"`);
    response.send(text);
  }

  @Put()
  @ApiBody({ schema: { type: 'object', additionalProperties: true } })
  @Described(
    'Provides the genesis document; it is checked against block 0.',
    [200, providedGenesisAnswer],
    [400, 403, 404, 412],
  )
  provide(
    @Param('c') c: string,
    @Param('e') e: string,
    @Body() document: unknown,
    @From() caller: Caller,
  ): Promise<ProvidedGenesisAnswer> {
    return this.handler.provide({ c, e }, document, caller);
  }
}
