import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import {
  issuedKeyAnswer,
  keyAnswer,
  membershipAnswer,
  type IssuedKeyAnswer,
  type KeyAnswer,
  type MembershipAnswer,
} from '../answers/network.answers.js';
import { Described } from '../described.decorator.js';
import { From, type Caller } from '../edge/request.js';
import type { Tagged } from '../edge/tagged.interceptor.js';
import { KeyHandler } from './key.handler.js';
import { MembershipHandler } from './membership.handler.js';
import {
  keyBody,
  membershipBody,
  membershipChanges,
  type KeyBody,
  type MembershipBody,
  type MembershipChanges,
} from './membership.mapping.js';

@ApiTags('memberships')
@Controller('consortia/:c/memberships')
export class MembershipController {
  constructor(
    private readonly handler: MembershipHandler,
    private readonly keys: KeyHandler,
  ) {}

  @Post()
  @Described('Creates a membership.', [201, membershipAnswer], [400, 403, 404, 409])
  create(
    @Param('c') c: string,
    @Body({ schema: membershipBody }) body: MembershipBody,
    @From() caller: Caller,
  ): Promise<Tagged<MembershipAnswer>> {
    return this.handler.create(c, body, caller);
  }

  @Get()
  @Described('Lists the memberships of a consortium.', [200, z.array(membershipAnswer)])
  list(@Param('c') c: string, @From() caller: Caller): Promise<readonly MembershipAnswer[]> {
    return this.handler.list(c, caller);
  }

  @Get(':id')
  @Described('Returns a membership.', [200, membershipAnswer])
  get(
    @Param('c') c: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<Tagged<MembershipAnswer>> {
    return this.handler.get(c, id, caller);
  }

  @Patch(':id')
  @Described('Changes a membership.', [200, membershipAnswer], [400, 403, 404, 412])
  change(
    @Param('c') c: string,
    @Param('id') id: string,
    @Body({ schema: membershipChanges }) body: MembershipChanges,
    @From() caller: Caller,
  ): Promise<Tagged<MembershipAnswer>> {
    return this.handler.change(c, id, body, caller);
  }

  @Delete(':id')
  @Described(
    'Removes a membership: its keys, deliveries and secrets end, its files stay.',
    [202, membershipAnswer],
    [403, 404],
  )
  remove(@Param('c') c: string, @Param('id') id: string, @From() caller: Caller): Promise<MembershipAnswer> {
    return this.handler.remove(c, id, caller);
  }

  @Post(':id/keys')
  @Described('Issues a key. Only this answer contains its text.', [201, issuedKeyAnswer], [400, 403, 404])
  issueKey(
    @Param('c') c: string,
    @Param('id') id: string,
    @Body({ schema: keyBody }) body: KeyBody,
    @From() caller: Caller,
  ): Promise<IssuedKeyAnswer> {
    return this.keys.issue(c, id, body, caller);
  }

  @Get(':id/keys')
  @Described('Lists the keys of a membership, without their texts.', [200, z.array(keyAnswer)], [403, 404])
  listKeys(
    @Param('c') c: string,
    @Param('id') id: string,
    @From() caller: Caller,
  ): Promise<readonly KeyAnswer[]> {
    return this.keys.list(c, id, caller);
  }

  @Delete(':id/keys/:key')
  @Described('Revokes a key at once.', [202, keyAnswer], [403, 404])
  revokeKey(
    @Param('c') c: string,
    @Param('id') id: string,
    @Param('key') key: string,
    @From() caller: Caller,
  ): Promise<KeyAnswer> {
    return this.keys.revoke(c, id, key, caller);
  }
}
