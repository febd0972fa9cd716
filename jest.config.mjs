/** Tests run as ES modules from the sources; processes that they start run what is built. */
const base = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/programs/build-once.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^#libs/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^#libs/([^/]+)/(.+)$': '<rootDir>/libs/$1/src/$2.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.chainkeep/'],
};
export default {
  maxWorkers: 2,
  // Only ends a test that hangs: no test depends on the speed of the machine.
  testTimeout: 600_000,
  projects: [
    {
      ...base,
      displayName: 'fast',
      testMatch: ['<rootDir>/{libs,apps,demo}/**/*.spec.ts', '<rootDir>/test/fast/**/*.spec.ts'],
    },
    {
      ...base,
      displayName: 'service',
      testMatch: ['<rootDir>/test/service/**/*.spec.ts'],
    },
    { ...base, displayName: 'real', testMatch: ['<rootDir>/test/real/**/*.spec.ts'] },
  ],
};
