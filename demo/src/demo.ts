import { join } from 'node:path';
import { genesisKey, parseGenesis } from '#libs/archive';
import { deterministicId, hasCode, toInstant } from '#libs/kernel';
import { bodyFromBytes } from '#libs/object-store';
import { managedBucketOf, openNode, type ServicePorts } from '#libs/services';
import { serveDemoControl } from './demo-control.js';
import { startDemoNetwork, type DemoNetwork } from './network/demo-network.js';

const DEMO = 'demo';
const SURVEY_TIMEOUT_MS = 5_000;
const CONTEXT = { actor: 'system', correlationId: 'demo-setup' } as const;
const MEMBERS = [
  { id: 'bank-a', orgName: 'Bank A' },
  { id: 'bank-b', orgName: 'Bank B' },
];

/** The demo network and the URL at which its nodes can be made to misbehave. */
export type Demo = DemoNetwork & Readonly<{ controlUrl: string }>;

/** Starts the demo network and registers it once; what a user changed since stays as it is. */
export const startDemo = async (ports: ServicePorts, periodMs: number): Promise<Demo> => {
  const network = await startDemoNetwork({
    home: join(ports.home, 'demo-network'),
    periodMs,
    log: (message) => {
      ports.log.debug(message);
    },
  });
  await once(() => registerRoof(ports));
  await once(() => registerEnvironment(ports));
  await registerNodes(ports, network);
  await provideGenesis(ports, network);
  await enableOnce(ports);
  const control = await serveDemoControl(network);
  const stop = async (): Promise<void> => {
    await control.close();
    await network.stop();
  };
  return { ...network, controlUrl: control.url, stop };
};

/** It is not an error if the demo exists already. */
const once = async (work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!hasCode(error, 'RESOURCE_EXISTS')) throw error;
  }
};

const contextAt = (ports: ServicePorts) => {
  const at = toInstant(ports.clock.nowMs());
  return { at, context: { ...CONTEXT, at } };
};

const registerRoof = async ({ streams, ...ports }: ServicePorts): Promise<void> => {
  const { at, context } = contextAt({ streams, ...ports });
  for (const { id, orgName } of MEMBERS) {
    await once(async () => {
      const command = {
        type: 'RegisterMember',
        memberId: id,
        consortiumId: DEMO,
        description: { orgName },
        at,
      } as const;
      await streams.members.handle(id, command, context);
    });
  }
  const description = {
    name: 'Demo consortium',
    description: 'Four validators and a monitor on this machine.',
  };
  await streams.consortia.handle(
    DEMO,
    { type: 'RegisterConsortium', consortiumId: DEMO, description, at },
    context,
  );
};

const registerEnvironment = async (ports: ServicePorts): Promise<void> => {
  const { at, context } = contextAt(ports);
  const { environments } = ports.streams;
  const description = { name: 'Demo network', provider: 'geth', consensus: 'clique' } as const;
  await environments.handle(
    DEMO,
    { type: 'RegisterEnvironment', environmentId: DEMO, consortiumId: DEMO, description, at },
    context,
  );
};

/** With it the files are proved by their seals, and a network can be restored from them. */
const provideGenesis = async (ports: ServicePorts, network: DemoNetwork): Promise<void> => {
  const { at, context } = contextAt(ports);
  const { environments } = ports.streams;
  const { state } = await environments.load(DEMO);
  if (state.status !== 'live' || state.genesis !== undefined) return;
  const { genesisHash } = parseGenesis(network.genesis);
  const body = bodyFromBytes(Buffer.from(`${JSON.stringify(network.genesis, null, 2)}\n`));
  const key = genesisKey(DEMO);
  await (await managedBucketOf(state, ports)).put(key, body, 'always');
  const genesis = { sha256: body.sha256, bytes: body.bytes, genesisHash, key };
  await environments.handle(DEMO, { type: 'ProvideGenesis', genesis, at }, context);
};

/** Backs up every minute and once at first; a user's own setting is left alone. */
const enableOnce = async (ports: ServicePorts): Promise<void> => {
  const { at, context } = contextAt(ports);
  const { environments, backups } = ports.streams;
  const before = await environments.load(DEMO);
  if (before.state.status !== 'live' || before.state.configured) return;
  const schedule = { kind: 'cron', cron: '* * * * *', timeZone: 'UTC' } as const;
  await environments.handle(
    DEMO,
    { type: 'ConfigureBackup', changes: { enabled: true, schedule }, at },
    context,
  );
  const { state } = await environments.load(DEMO);
  if (state.status !== 'live') return;
  const request = {
    runId: deterministicId('demo', 'first'),
    trigger: 'manual',
    attempt: 0,
    requestedAt: at,
  } as const;
  const gate = { settings: state.settings, monitorResetRequired: false, removed: false };
  await backups.handle(DEMO, { type: 'RequestBackup', environmentId: DEMO, request, gate }, context);
  await resetMonitor(ports);
};

/** Enabling asks for a reset of the monitor, as everywhere: without a controller that is to look at it again. */
const resetMonitor = async (ports: ServicePorts): Promise<void> => {
  const { at, context } = contextAt(ports);
  const { environments } = ports.streams;
  const { state } = await environments.load(DEMO);
  if (state.status !== 'live') return;
  const monitor = [...state.nodes.values()].find(({ role }) => role === 'monitor');
  if (monitor === undefined) return;
  const node = await openNode(monitor, state, ports);
  const answers = await node.survey([], { timeoutMs: SURVEY_TIMEOUT_MS }).then(
    () => true,
    () => false,
  );
  // One that is silent stays to be reset: the console says so and does it.
  if (!answers) return;
  const { nodeId } = monitor;
  await environments.handle(DEMO, { type: 'ResetMonitor', nodeId, how: 're-probed', at }, context);
};

/** The URLs of the demo's nodes may change with each start. */
const registerNodes = async (ports: ServicePorts, network: DemoNetwork): Promise<void> => {
  const { at, context } = contextAt(ports);
  const { environments } = ports.streams;
  const { state } = await environments.load(DEMO);
  if (state.status !== 'live') return;
  for (const [index, { id, role, url }] of network.nodes.entries()) {
    const existing = state.nodes.get(id);
    const membershipId = MEMBERS[index % MEMBERS.length]?.id;
    const node = { ...existing, nodeId: id, name: existing?.name ?? id, role, urls: { rpc: url } };
    const described = role === 'monitor' || membershipId === undefined ? node : { ...node, membershipId };
    const type = existing === undefined ? 'RegisterNode' : 'ChangeNode';
    await environments.handle(DEMO, { type, node: described, at }, context);
  }
};
