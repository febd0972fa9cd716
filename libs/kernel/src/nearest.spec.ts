import { describe, expect, it } from '@jest/globals';
import { nearestName } from './nearest.js';

const NAMES = ['bucket', 'region', 'secret_access_key', 'access_key_id', 'prefix'];

describe('nearestName', () => {
  it.each([
    ['regin', 'region'],
    ['Region', 'region'],
    ['secretAccessKey', 'secret_access_key'],
    ['secret-access-key', 'secret_access_key'],
    ['accessKeyID', 'access_key_id'],
    ['color', undefined],
    ['', undefined],
  ])('finds for %p %p', (misspelt, name) => {
    expect(nearestName(misspelt, NAMES)).toBe(name);
  });
});
