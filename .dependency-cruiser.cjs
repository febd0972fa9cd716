/** Bottom to top. A lib may import lower rows only, never a sibling in its own row. */
const LAYERS = [
  ['kernel'],
  ['event-sourcing'],
  ['domain'],
  ['contracts'],
  ['archive'],
  ['outbound'],
  ['chain', 'object-store', 'event-store', 'messaging', 'runtime'],
  ['network-file'],
  ['projections'],
  ['services'],
  ['composition'],
];
const PURE = '^libs/(kernel|event-sourcing|domain|contracts)/src/';
const TEST = '\\.(spec|contract)\\.ts$|/testing(\\.ts$|/)|^test/';
const COMPOSITION_ROOT =
  '^apps/standalone/src/start-standalone\\.ts$|^apps/relay/src/relay\\.module\\.ts$|^libs/composition/src/[^/]+\\.adapters\\.ts$';
const only = (name, sdk, home) => ({
  name: `sdk-${name}`,
  severity: 'error',
  comment: `${name} is spoken in ${home} only`,
  from: { path: '^(apps|libs|demo)/', pathNot: `${home}|${TEST}` },
  to: { path: sdk },
});
const pointsDown = (height) => (lib) => {
  const lower = [lib, ...LAYERS.slice(0, height).flat()].join('|');
  return {
    name: `${lib}-points-down`,
    severity: 'error',
    from: { path: `^libs/${lib}/`, pathNot: TEST },
    to: { path: `^(apps|libs/(?!(${lower})/))` },
  };
};
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'all-resolves',
      severity: 'error',
      comment: 'what cannot be resolved escapes every other rule',
      from: {},
      to: { couldNotResolve: true },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-has-no-io',
      severity: 'error',
      comment:
        'kernel, event-sourcing, domain and contracts run anywhere, at any time, twice (hashing is the one core module they may call)',
      from: { path: PURE, pathNot: TEST },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'core'],
        pathNot: '^node_modules/zod/|^(node:)?crypto$|^node_modules/croner/',
      },
    },
    {
      name: 'zod-only-in-contracts',
      severity: 'error',
      from: { path: '^libs/(kernel|event-sourcing|domain)/' },
      to: { path: '^node_modules/zod/' },
    },
    only('croner', '^node_modules/croner/', '^libs/domain/src/schedule/'),
    ...LAYERS.flatMap((row, height) => row.map(pointsDown(height))),
    {
      name: 'runtime-on-kernel-alone',
      severity: 'error',
      from: { path: '^libs/runtime/', pathNot: TEST },
      to: { path: '^libs/(?!(kernel|runtime)/)' },
    },
    {
      name: 'apps-are-islands',
      severity: 'error',
      comment: 'only the standalone composition knows its neighbours, and only their modules',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/standalone/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'demo-is-loaded-when-it-runs',
      severity: 'error',
      comment: 'the demo brings an EVM; only `npm start` without a network file loads it',
      from: { path: '^(apps|libs)/', pathNot: TEST },
      to: { path: '^demo/', dependencyTypesNot: ['dynamic-import', 'type-only'] },
    },
    {
      name: 'demo-knows-no-app',
      severity: 'error',
      from: { path: '^demo/' },
      to: { path: '^apps/' },
    },
    {
      name: 'standalone-sees-modules-only',
      severity: 'error',
      from: { path: '^apps/standalone/' },
      to: { path: '^apps/(?!standalone/)', pathNot: '\\.module\\.ts$|/src/index\\.ts$' },
    },
    {
      name: 'adapters-at-composition-root',
      severity: 'error',
      comment: 'handlers see ports; only a composition root names an adapter',
      from: {
        path: '^(apps|libs|demo)/',
        pathNot: `${COMPOSITION_ROOT}|${TEST}|^libs/([^/]+)/src/adapters/`,
      },
      to: { path: '^libs/[^/]+/src/adapters/' },
    },
    {
      name: 'nest-at-the-edge',
      severity: 'error',
      comment:
        'Nest lives in main, *.module, *.controller, *.consumer, the edge of the admin API (guards, pipes, filters, OpenAPI) and libs/{runtime,messaging,composition}, and where the standalone mode starts',
      from: {
        path: '^(apps|libs|demo)/',
        pathNot: `/(main|[^/]+\\.(module|controller|consumer|decorator))\\.ts$|^libs/(runtime|messaging|composition)/|^apps/standalone/src/start-standalone|^apps/admin-api/src/(edge/|open-api|configure-admin-api|handlers)|${TEST}`,
      },
      to: { path: '^node_modules/@nestjs/' },
    },
    only('aws-sdk', '^node_modules/@aws-sdk/', '^libs/object-store/src/adapters/'),
    only('azure', '^node_modules/(@azure|@smithy)/', '^libs/object-store/src/adapters/'),
    only('kafkajs', '^node_modules/kafkajs/', '^libs/messaging/src/kafka/kafka-client\\.ts$'),
    only(
      'db-client',
      '^node_modules/@eventstore/',
      '^libs/event-store/src/adapters/eventstoredb-client\\.ts$',
    ),
    only('pg', '^node_modules/pg/', '^libs/event-store/src/adapters/'),
    only('libsql', '^node_modules/libsql/', '^libs/event-store/src/adapters/'),
    only('ethers', '^node_modules/ethers/', '^libs/chain/src/'),
    only('undici', '^node_modules/undici/', '^libs/(outbound|chain)/src/'),
    only('prom-client', '^node_modules/prom-client/', '^libs/runtime/src/metrics\\.ts$'),
    only('yaml', '^node_modules/yaml/', '^libs/network-file/src/'),
    only('secp256k1', '^node_modules/(secp256k1|@bitauth)/', '^libs/archive/src/crypto/'),
    only('hash-wasm', '^node_modules/hash-wasm/', '^libs/archive/src/crypto/'),
    only('ethereumjs', '^node_modules/@ethereumjs/', '^demo/'),
    {
      name: 'console-knows-the-api-only',
      severity: 'error',
      comment: 'the page speaks to the service by its OpenAPI document, never by its code',
      from: { path: '^apps/console/' },
      to: { path: '^(libs|apps/(?!console/)|test)/' },
    },
    ...['react', 'react-dom', '@mantine', '@tanstack', 'wouter', 'openapi-fetch'].map((name) =>
      only(name.replace(/\W/g, ''), `^node_modules/${name}/`, '^apps/console/'),
    ),
    {
      name: 'no-test-code-in-production',
      severity: 'error',
      from: { path: '^(apps|libs|demo)/', pathNot: TEST },
      to: { path: TEST },
    },
    {
      name: 'public-entry-only',
      severity: 'error',
      comment:
        'import a lib through its index, contract, testing or adapters entry, or a composition root or its config by its name',
      from: { path: '^(apps|libs|demo)/([^/]+)/' },
      to: {
        path: '^libs/[^/]+/src/',
        pathNot:
          '^libs/[^/]+/src/(index|testing|[^/]+\\.(contract|adapters|config)|adapters/[^/]+)\\.ts$|^$1/$2/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    // `#libs/x` as its source: unresolved, it would escape every rule.
    tsConfig: { fileName: 'tsconfig.boundaries.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
