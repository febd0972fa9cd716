/** @proves The code uses every code of the error catalogue, and reads codes of older versions by their present names. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CATALOGUE, currentCode } from '#libs/kernel';

const FOLDERS = ['apps', 'libs', 'demo'];
const LEFT_OUT =
  /\.(spec|contract|testing)\.tsx?$|\/testing\.ts$|\/schema\.ts$|^libs\/kernel\/src\/errors\/.*\.errors\.ts$/;
const QUOTED_CODE = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g;

/** Every quoted word of capitals in the production code, outside the catalogue. */
const quoted = new Set(
  FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file))
      .filter((file) => /\.tsx?$/.test(file) && !LEFT_OUT.test(file))
      .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(QUOTED_CODE)].map(([, code]) => code)),
  ),
);

// The other direction is the compiler's: an error takes a code of the catalogue only.
describe('the catalogue of errors', () => {
  it('has no code that nothing throws or records', () => {
    expect(Object.keys(CATALOGUE).filter((code) => !quoted.has(code))).toEqual([]);
  });

  it('reads the codes of older versions by their present names', () => {
    for (const old of ['VALIDATORS_DIFFER', 'NODE_CHAIN_MISMATCH']) {
      expect(Object.keys(CATALOGUE)).not.toContain(old);
      expect(Object.keys(CATALOGUE)).toContain(currentCode(old));
    }
    expect(currentCode('SEAL_INVALID')).toBe('SEAL_INVALID');
  });
});
