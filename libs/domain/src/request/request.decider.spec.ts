import { describe, expect, it } from '@jest/globals';
import { specFor } from '#libs/event-sourcing/testing';
import { CodedError } from '#libs/kernel';
import { isNewRequest, requestDecider, type ExternalRequest, type RequestEvent } from './request.decider.js';

const at = '2026-01-31T12:00:00.000Z';
const request: ExternalRequest = {
  source: 'erp',
  requestId: '1',
  requestType: 'BackupRequested',
  body: { environmentId: 'prod' },
  requestedAt: at,
  signedBy: 'bank-a/k1',
  place: 'chainkeep.requests/0@7',
};
const received: RequestEvent = { type: 'RequestReceived', data: { ...request, at } };
const refusal = { code: 'BACKUP_DISABLED', message: 'Backups are turned off.' } as const;
const given = specFor(requestDecider);

describe('A request of an external producer', () => {
  it('is received once; the same message again changes nothing', () => {
    given().when({ type: 'ReceiveRequest', request, at }).then(received);
    given(received).when({ type: 'ReceiveRequest', request, at }).thenNothing('RECEIVED_BEFORE');
  });

  it('refuses another message of the same source and id, also after it was closed', () => {
    const again = { ...request, place: 'chainkeep.requests/0@8' };
    const applied: RequestEvent = { type: 'RequestApplied', data: { at } };
    given(received).when({ type: 'ReceiveRequest', request: again, at }).thenThrows('REQUEST_DUPLICATE');
    given(received, applied)
      .when({ type: 'ReceiveRequest', request: again, at })
      .thenThrows('REQUEST_DUPLICATE');
  });

  it('is applied or refused, once', () => {
    const refused: RequestEvent = { type: 'RequestRefused', data: { ...refusal, at } };
    given(received).when({ type: 'NoteApplied', at }).then({ type: 'RequestApplied', data: { at } });
    given(received).when({ type: 'RefuseRequest', refusal, at }).then(refused);
    given(received, refused).when({ type: 'NoteApplied', at }).thenNothing('NOT_PENDING');
    given().when({ type: 'NoteApplied', at }).thenNothing('NOT_PENDING');
  });
});

describe('isNewRequest', () => {
  const newest = { id: 'b', at };
  it('takes the first and the newer, knows its own, and refuses the older', () => {
    expect(isNewRequest({ id: 'a', at }, undefined)).toBe(true);
    expect(isNewRequest({ id: 'a', at: '2026-01-31T12:00:00.001Z' }, newest)).toBe(true);
    expect(isNewRequest(newest, newest)).toBe(false);
    expect(() => isNewRequest({ id: 'a', at: '2026-01-31T11:59:59.999Z' }, newest)).toThrow(CodedError);
  });
});
