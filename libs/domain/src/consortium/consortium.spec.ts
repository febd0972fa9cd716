import { describe, expect, it } from '@jest/globals';
import { fold, type Decider, type DomainEvent } from '#libs/event-sourcing';
import { specFor } from '../../../event-sourcing/src/testing.js';
import { configurationDecider, type ConfigurationCommand } from './configuration.decider.js';
import { consortiumDecider, type ConsortiumCommand } from './consortium.decider.js';
import { memberDecider, type ApiKey, type MemberCommand } from './member.decider.js';

const at = '2026-01-01T00:00:00.000Z';
const play = <S, C, E extends DomainEvent>(
  decider: Decider<S, C, E>,
  ...commands: readonly C[]
): readonly E[] =>
  commands.reduce<readonly E[]>(
    (events, command) => [...events, ...decider.decide(command, fold(decider, events))],
    [],
  );

describe('a consortium', () => {
  const given = specFor(consortiumDecider);
  const register: ConsortiumCommand = {
    type: 'RegisterConsortium',
    consortiumId: 'c',
    description: { name: 'A', description: 'x' },
    at,
  };
  const change = (description: { name: string; description?: string }): ConsortiumCommand => ({
    type: 'ChangeConsortium',
    description,
    at,
  });
  const remove: ConsortiumCommand = { type: 'RemoveConsortium', at };
  const made = (...commands: readonly ConsortiumCommand[]) => play(consortiumDecider, register, ...commands);

  it('is registered once, changed and removed, each silent when repeated', () => {
    given()
      .when(register)
      .then({ type: 'ConsortiumRegistered', data: { name: 'A', description: 'x', consortiumId: 'c', at } });
    given(...made())
      .when(register)
      .thenThrows('RESOURCE_EXISTS');
    given(...made())
      .when(change({ name: 'A', description: 'x' }))
      .thenNothing('UNCHANGED');
    given(...made())
      .when(change({ name: 'B' }))
      .then({ type: 'ConsortiumChanged', data: { name: 'B', at } });
    given(...made(change({ name: 'B' })))
      .when(change({ name: 'B' }))
      .thenNothing('UNCHANGED');
    expect(fold(consortiumDecider, made(change({ name: 'B' })))).not.toHaveProperty('description');
    given(...made())
      .when(remove)
      .then({ type: 'ConsortiumRemoved', data: { at } });
    given(...made(remove))
      .when(remove)
      .thenNothing('ALREADY_REMOVED');
    given(...made(remove))
      .when(change({ name: 'B' }))
      .thenThrows('RESOURCE_NOT_FOUND');
    given().when(remove).thenThrows('RESOURCE_NOT_FOUND');
    given(...made(remove))
      .when(register)
      .thenThrows('RESOURCE_EXISTS');
  });
});

describe('a member', () => {
  const given = specFor(memberDecider);
  const register: MemberCommand = {
    type: 'RegisterMember',
    memberId: 'm',
    consortiumId: 'c',
    description: { orgName: 'Bank', verificationProof: 'p' },
    at,
  };
  const change: MemberCommand = { type: 'ChangeMember', description: { orgName: 'Bank 2' }, at };
  const key = (keyId: string): ApiKey => ({ keyId, role: 'member_admin', hash: 'aa', label: 'laptop' });
  const issue = (keyId: string): MemberCommand => ({ type: 'IssueApiKey', key: key(keyId), at });
  const revoke = (keyId: string): MemberCommand => ({ type: 'RevokeApiKey', keyId, at });
  const remove: MemberCommand = { type: 'RemoveMember', at };
  const made = (...commands: readonly MemberCommand[]) => play(memberDecider, register, ...commands);

  it('is registered once and changed, silent when repeated', () => {
    given(...made())
      .when(register)
      .thenThrows('RESOURCE_EXISTS');
    given(...made())
      .when(change)
      .then({ type: 'MemberChanged', data: { orgName: 'Bank 2', at } });
    given(...made(change))
      .when(change)
      .thenNothing('UNCHANGED');
    expect(fold(memberDecider, made(change))).not.toHaveProperty('verificationProof');
    given().when(change).thenThrows('RESOURCE_NOT_FOUND');
  });

  it('holds keys until they are revoked', () => {
    given(...made())
      .when(issue('k'))
      .then({ type: 'ApiKeyIssued', data: { ...key('k'), memberId: 'm', at } });
    given(...made(issue('k')))
      .when(issue('k'))
      .thenNothing('UNCHANGED');
    given(...made(issue('k')))
      .when({ type: 'IssueApiKey', key: { ...key('k'), role: 'operator' }, at })
      .thenThrows('RESOURCE_EXISTS');
    given(...made(issue('k')))
      .when(revoke('k'))
      .then({ type: 'ApiKeyRevoked', data: { keyId: 'k', at } });
    given(...made(issue('k'), revoke('k')))
      .when(revoke('k'))
      .thenNothing('KEY_UNKNOWN');
  });

  it('loses all keys when it is removed', () => {
    given(...made(issue('k'), issue('l')))
      .when(remove)
      .then(
        { type: 'ApiKeyRevoked', data: { keyId: 'k', at } },
        { type: 'ApiKeyRevoked', data: { keyId: 'l', at } },
        { type: 'MemberRemoved', data: { at } },
      );
    given(...made(remove))
      .when(remove)
      .thenNothing('ALREADY_REMOVED');
    given(...made(remove))
      .when(issue('k'))
      .thenThrows('RESOURCE_NOT_FOUND');
    given(...made(remove))
      .when(register)
      .thenThrows('RESOURCE_EXISTS');
  });
});

describe('a configuration of a foreign type', () => {
  const given = specFor(configurationDecider);
  const configuration = {
    name: 'n',
    type: 'oracle',
    details: { a: 1, b: 2 },
    membershipId: 'm',
    secretRef: 's',
  };
  const ids = { configurationId: 'x', consortiumId: 'c', environmentId: 'e' };
  const register: ConfigurationCommand = { type: 'RegisterConfiguration', ...ids, configuration, at };
  const change = (changes: object): ConfigurationCommand => ({
    type: 'ChangeConfiguration',
    configuration: { ...configuration, ...changes },
    at,
  });
  const remove: ConfigurationCommand = { type: 'RemoveConfiguration', at };
  const made = (...commands: readonly ConfigurationCommand[]) =>
    play(configurationDecider, register, ...commands);

  it('is kept as it came, changed and removed, each silent when repeated', () => {
    given()
      .when(register)
      .then({ type: 'ConfigurationRegistered', data: { ...configuration, ...ids, at } });
    given(...made())
      .when(register)
      .thenThrows('RESOURCE_EXISTS');
    given(...made())
      .when(change({ details: { b: 2, a: 1 } }))
      .thenNothing('UNCHANGED');
    expect(made(change({ name: 'z' }))).toHaveLength(2);
    const { secretRef: _secret, ...open } = configuration;
    const opened: ConfigurationCommand = { type: 'ChangeConfiguration', configuration: open, at };
    expect(fold(configurationDecider, made(opened))).not.toHaveProperty('secretRef');
    given(...made(opened))
      .when(opened)
      .thenNothing('UNCHANGED');
    given(...made(remove))
      .when(remove)
      .thenNothing('ALREADY_REMOVED');
    given(...made(remove))
      .when(change({ name: 'z' }))
      .thenThrows('RESOURCE_NOT_FOUND');
    given().when(remove).thenThrows('RESOURCE_NOT_FOUND');
  });
});
