import { describe, expect, it } from '@jest/globals';

import { Pace } from './pace.js';

const limits = { inFlightBytesMax: 1_000_000, lanesMax: 4, itemsMax: 500 };

describe('Pace', () => {
  it('grows while batches are quick, up to its limits', () => {
    const pace = new Pace({ ...limits, inFlightBytesMax: 1e9 });
    for (let batch = 0; batch < 50; batch++) pace.onSuccess(pace.items, pace.items * 800, 20);
    expect([pace.lanes, pace.items]).toEqual([4, 500]);
  });

  it('asks less at once while the node is busy, and leaves it alone when one batch is too much', () => {
    const pace = new Pace(limits);
    for (let i = 0; i < 10; i++) pace.onSuccess(10, 1_000, 10);
    const lanes = pace.lanes;
    pace.onLatency(251);
    expect([pace.lanes, pace.needsRest]).toEqual([lanes - 1, false]);
    pace.onSuccess(10, 1_000, 10);
    expect(pace.lanes).toBe(lanes - 1);
    for (let i = 0; i < 10; i++) pace.onLatency(900);
    expect([pace.lanes, pace.needsRest]).toEqual([1, true]);
    pace.onLatency(5);
    pace.onSuccess(10, 1_000, 10);
    expect([pace.lanes, pace.needsRest]).toEqual([2, false]);
  });

  it('halves when batches are slow or fail, and never stops', () => {
    const pace = new Pace(limits);
    const before = pace.items;
    pace.onSuccess(before, before * 800, 2000);
    expect(pace.items).toBe(before >> 1);
    for (let batch = 0; batch < 20; batch++) pace.onFailure();
    expect([pace.lanes, pace.items]).toEqual([1, 1]);
  });

  it('does not take the way to a distant node for work, and asks it for more at once', () => {
    const pace = new Pace(limits);
    expect(pace.needsLatency).toBe(true);
    pace.onLatency(1_000);
    for (let batch = 0; batch < 50; batch++) pace.onSuccess(pace.items, pace.items * 100, 1_020);
    expect([pace.lanes, pace.items, pace.needsRest]).toEqual([4, 500, false]);
    pace.onSuccess(pace.items, pace.items * 100, 1_600);
    expect(pace.items).toBe(250);
    pace.onLatency(2_100);
    expect(pace.lanes).toBe(3);
  });

  it('forgets a way that was short once', () => {
    const pace = new Pace(limits);
    pace.onLatency(10);
    for (let second = 0; second < 130; second++) pace.onLatency(900);
    for (let batch = 0; batch < 50; batch++) pace.onSuccess(pace.items, pace.items * 100, 920);
    expect([pace.lanes, pace.items]).toEqual([4, 500]);
  });

  it('keeps the bytes in flight below the bound as soon as blocks grow', () => {
    const pace = new Pace(limits);
    for (let batch = 0; batch < 50; batch++) pace.onSuccess(pace.items, pace.items * 800, 20);
    pace.onSuccess(pace.items, pace.items * 100_000, 20);
    expect(pace.items * pace.lanes * 100_000).toBeLessThanOrEqual(limits.inFlightBytesMax);
    pace.onSuccess(2, 2 * 5_000_000, 20);
    expect(pace.items).toBe(1);
  });
});
