import { Body, Controller, Delete, Get, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import {
  nodeAnswer,
  probedNodeAnswer,
  resetNodeAnswer,
  type NodeAnswer,
  type ProbedNodeAnswer,
  type ResetNodeAnswer,
} from '../answers/network.answers.js';
import { Described } from '../described.decorator.js';
import { From, type Caller } from '../edge/request.js';
import { Tagged } from '../edge/tagged.interceptor.js';
import { NodeHandler } from './node.handler.js';
import {
  excuseBody,
  nodeBody,
  nodeChanges,
  type ExcuseBody,
  type NodeBody,
  type NodeChanges,
} from './node.mapping.js';
import { ProbeHandler } from './probe.handler.js';

@ApiTags('nodes')
@Controller('consortia/:c/environments/:e/nodes')
export class NodeController {
  constructor(
    private readonly handler: NodeHandler,
    private readonly probes: ProbeHandler,
  ) {}

  @Post()
  @Described(
    'Registers a node; auth, tls, proxy and credentials in URLs are sealed.',
    [201, nodeAnswer],
    [400, 403, 404, 409],
  )
  create(
    @Param('c') c: string,
    @Param('e') e: string,
    @Body({ schema: nodeBody }) body: NodeBody,
    @From() caller: Caller,
  ): Promise<Tagged<NodeAnswer>> {
    return this.handler.create({ c, e }, body, caller);
  }

  @Get()
  @Described('Lists the nodes of an environment.', [200, z.array(nodeAnswer)])
  list(@Param('c') c: string, @Param('e') e: string, @From() caller: Caller): Promise<readonly NodeAnswer[]> {
    return this.handler.list({ c, e }, caller);
  }

  @Get(':id')
  @Described('Returns a node; its secrets are masked.', [200, nodeAnswer])
  get(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<Tagged<NodeAnswer>> {
    return this.handler.get({ c, e, id }, caller);
  }

  @Patch(':id')
  @Described(
    'Changes a node; a mask that is sent back keeps the secret.',
    [200, nodeAnswer],
    [400, 403, 404, 412],
  )
  change(
    @Param() { c, e, id }: Readonly<Record<'c' | 'e' | 'id', string>>,
    @Body({ schema: nodeChanges }) body: NodeChanges,
    @From() caller: Caller,
  ): Promise<Tagged<NodeAnswer>> {
    return this.handler.change({ c, e, id }, body, caller);
  }

  @Delete(':id')
  @Described('Removes a node: a validator leaves the agreement.', [202, nodeAnswer], [403, 404, 412])
  remove(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<NodeAnswer> {
    return this.handler.remove({ c, e, id }, caller);
  }

  @Put(':id/reset')
  @Described(
    'Resets a node: its controller restarts it; without one it is probed again and recorded as such.',
    [200, resetNodeAnswer],
    [403, 404, 409, 502],
  )
  async reset(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<Tagged<ResetNodeAnswer>> {
    const reset = await this.probes.reset({ c, e, id }, caller);
    const { body, revision } = await this.handler.get({ c, e, id }, caller);
    return new Tagged({ ...body, reset }, revision);
  }

  @Post(':id/probe')
  @Described(
    'Looks at a node: reachable, chain, genesis, raw blocks, oldest block, clock.',
    [200, probedNodeAnswer],
    [403, 404],
  )
  probe(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<ProbedNodeAnswer> {
    return this.probes.node({ c, e, id }, caller);
  }

  @Post(':id/excuse')
  @Described('Excuses a validator in maintenance until a stated time.', [201, nodeAnswer], [400, 403, 404])
  excuse(
    @Param() { c, e, id }: Readonly<Record<'c' | 'e' | 'id', string>>,
    @Body({ schema: excuseBody }) body: ExcuseBody,
    @From() caller: Caller,
  ): Promise<Tagged<NodeAnswer>> {
    return this.handler.excuse({ c, e, id }, body, caller);
  }

  @Delete(':id/excuse')
  @Described('Ends the excuse of a validator.', [202, nodeAnswer], [403, 404])
  endExcuse(
    @Param('c') c: string,
    @Param('e') e: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<Tagged<NodeAnswer>> {
    return this.handler.endExcuse({ c, e, id }, caller);
  }
}
