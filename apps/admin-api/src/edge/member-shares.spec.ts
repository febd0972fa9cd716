import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#libs/runtime/testing';
import { MemberShares } from './member-shares.js';
import type { ApiRequest, ApiResponse } from './request.js';

const MB = 1 << 20;
const limited = expect.objectContaining({ code: 'RATE_LIMITED' });
const request = (bodyBytes: number) => ({ bodyBytes }) as ApiRequest;
const response = () => new EventEmitter() as unknown as ApiResponse & EventEmitter;

describe('MemberShares', () => {
  it('bounds the bytes of one membership and leaves the others theirs', async () => {
    const clock = new ManualClock();
    const shares = new MemberShares(clock);
    for (let sent = 0; sent < 8; sent += 1) shares.take('a', request(MB), response());
    expect(() => {
      shares.take('a', request(MB), response());
    }).toThrow(limited);
    // Reading goes on.
    shares.take('a', request(0), response());
    shares.take('b', request(MB), response());
    await clock.advance(300_000);
    shares.take('a', request(MB), response());
  });

  it('bounds the requests of one membership that run at the same time', () => {
    const shares = new MemberShares(new ManualClock());
    const running = Array.from({ length: 64 }, response);
    for (const each of running) shares.take('a', request(0), each);
    expect(() => {
      shares.take('a', request(0), response());
    }).toThrow(limited);
    shares.take('b', request(0), response());
    running[0]?.emit('close');
    shares.take('a', request(0), response());
  });
});
