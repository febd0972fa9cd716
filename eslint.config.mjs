import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const codedErrorsOnly = {
  selector: "ThrowStatement > NewExpression[callee.name='Error']",
  message: 'Throw a coded error from the catalogue (libs/kernel/src/errors).',
};

const onePrivacy = {
  selector: 'PrivateIdentifier',
  message: 'Use the modifier private: one style of privacy.',
};

const typedAnswersOnly = {
  selector: "TSTypeReference[typeName.name='Promise'] TSUnknownKeyword",
  message: 'Return the type of the documented answer (apps/admin-api/src/answers).',
};

export default tseslint.config(
  {
    ignores: [
      '**/*.cjs',
      '**/*.js',
      '**/*.mjs',
      'dist/**',
      'artefacts/**',
      'apps/{console/src/api,cli/src/service}/schema.ts',
    ],
  },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allow: [{ name: ['bigint'], from: 'lib' }] },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/require-await': 'off',
      // Nest declares its option bags as classes; they are given as literals everywhere.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      // An exhaustive switch over a union counts once: its arms are a table, not branches to keep in mind.
      complexity: ['error', { max: 10, variant: 'modified' }],
      'no-console': 'error',
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', codedErrorsOnly, onePrivacy],
    },
  },
  {
    files: ['apps/admin-api/src/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', codedErrorsOnly, onePrivacy, typedAnswersOnly] },
  },
  {
    files: ['apps/console/**/*.{ts,tsx}'],
    ...jsxA11y.flatConfigs.strict,
  },
  {
    files: ['apps/console/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      // A component is mostly its picture: that is read from top to bottom, not followed like a program.
      'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
      // Problems are the page's own coded errors; the catalogue of the services is not part of the page.
      'no-restricted-syntax': 'off',
      // Query functions reject with problems that the page shows.
      '@typescript-eslint/only-throw-error': 'error',
    },
  },
  {
    // Variables are spelled in the configs and passed down. A controller's commands inherit the environment.
    files: ['{libs,apps,demo}/**/*.ts'],
    ignores: [
      '**/*.config.ts',
      '**/main.ts',
      '**/*.spec.ts',
      '**/testing.ts',
      'libs/chain/src/controller/run-command.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Read variables in a *.config.ts and pass their values down.',
        },
      ],
    },
  },
  {
    files: ['libs/{kernel,event-sourcing,domain,contracts}/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/testing.ts'],
    rules: {
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'process', 'fetch', 'crypto'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness is passed in.' },
        { object: 'Date', property: 'now', message: 'The time is passed in.' },
      ],
    },
  },
  {
    files: ['**/*.spec.ts', '**/*.contract.ts', '**/testing.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['bench/**/*.ts', 'scripts/**/*.ts'], rules: { 'no-console': 'off' } },
);
