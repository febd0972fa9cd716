import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import type { ApiClient, Configuration, Delivery, TargetCheck } from '../service/api-client.js';
import { providersOf } from '../service/providers.js';
import type { ChosenEnvironment } from '../service/environment.js';
import { aboutEnvironment, optionsOf, type Session } from '../session.js';
import { table } from '../terminal/table.js';
import { checkLines } from './findings.js';
import { detailsOf, providersText } from './target-details.js';

type Asked = Readonly<{
  session: Session;
  command: Command;
  api: ApiClient;
  place: ChosenEnvironment;
  json: boolean;
}>;

const targetsOf = (place: ChosenEnvironment): string => `${place.path}/configurations`;
const targetOf = (place: ChosenEnvironment, id: string): string =>
  `${targetsOf(place)}/${encodeURIComponent(id)}`;

const checkText = (id: string, { ok, findings }: Pick<TargetCheck, 'ok' | 'findings'>): string =>
  [`Target ${id} ${ok ? 'is usable.' : 'is not usable yet:'}`, ...checkLines(findings)].join('\n');

const add = async ({ session, command, api, place, json }: Asked, id: string): Promise<void> => {
  const { member, ...options } = command.opts<{
    member: string;
    provider: string;
    set: string[];
    secret: string[];
    enable: boolean;
  }>();
  const target = (await api.request('POST', targetsOf(place), {
    _id: id,
    type: 'backup',
    membership_id: member,
    details: detailsOf(options, session.env, await providersOf(api)),
  })) as Configuration;
  const { checked } = target;
  await session.show(json, target, () =>
    [`Target ${id} is registered (${target.state}).`, ...(checked ? [checkText(id, checked)] : [])].join(
      '\n',
    ),
  );
  if (checked?.ok === false) session.exit = EXIT.foundWrong;
};

const test = async ({ session, api, place, json }: Asked, id: string): Promise<void> => {
  const check = (await api.request('POST', `${targetOf(place, id)}/test`)) as TargetCheck;
  await session.show(json, check, () => checkText(id, check));
  if (!check.ok) session.exit = EXIT.foundWrong;
};

const list = async ({ session, api, place, json }: Asked): Promise<void> => {
  const all = (await api.get(targetsOf(place))) as readonly Configuration[];
  const targets = all.filter(({ type }) => type === 'backup');
  const rows = targets.map((target) => {
    const trouble = target.suspension ?? target.failure;
    const { _id: id, membership_id: member, details, state, delivered } = target;
    return [
      id,
      member,
      String(details['provider']),
      state,
      delivered?.files,
      trouble && `${trouble.code}: ${trouble.message}`,
    ];
  });
  const heading = ['target', 'member', 'provider', 'state', 'files', 'trouble'];
  await session.show(json, targets, () =>
    rows.length === 0 ? `Environment ${place.environment} has no targets.` : table(heading, rows),
  );
};

const toggle =
  (enabled: boolean) =>
  async ({ session, api, place, json }: Asked, id: string): Promise<void> => {
    const body = { details: { environment_backup_target: enabled } };
    const target = (await api.request('PATCH', targetOf(place, id), body)) as Configuration;
    await session.show(json, target, () => `Target ${id} is ${target.state}.`);
  };

const heal = async ({ session, command, api, place, json }: Asked, id: string): Promise<void> => {
  const { readBack } = command.opts<{ readBack: boolean }>();
  const body = { read_back: readBack };
  const target = (await api.request('POST', `${targetOf(place, id)}/heal`, body)) as Configuration;
  await session.show(json, target, () => `Healing target ${id}: missing and altered files are copied again.`);
};

const takeOver = async ({ session, api, place, json }: Asked, id: string): Promise<void> => {
  const target = (await api.request('POST', `${targetOf(place, id)}/takeover`)) as Configuration;
  await session.show(
    json,
    target,
    () => `Target ${id} now belongs to this installation (epoch ${target.epoch}). Other writers are refused.`,
  );
};

const deliveries = async ({ session, api, place, json }: Asked, id: string): Promise<void> => {
  const all = (await api.get(`${targetOf(place, id)}/deliveries`)) as readonly Delivery[];
  const rows = all.map(({ file, state, bytes, delivered_at: at, error }) => [
    file,
    state,
    bytes,
    at,
    error && `${error.code}: ${error.message}`,
  ]);
  await session.show(json, all, () =>
    rows.length === 0 ? 'No files yet.' : table(['file', 'state', 'bytes', 'delivered', 'trouble'], rows),
  );
};

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

const addOptions = (command: Command): Command =>
  command
    .requiredOption('-m, --member <id>', 'the member that owns the target')
    .requiredOption('-p, --provider <name>', '"chainkeep target providers" lists them')
    .option(
      '--set <name=value>',
      'a setting of the provider, such as bucket=bank-a-chain; repeatable',
      collect,
      [],
    )
    .option(
      '--secret <name=VARIABLE>',
      'a secret, read from an environment variable; repeatable',
      collect,
      [],
    )
    .option('--enable', 'start deliveries at once', false);

/** `chainkeep target ...` */
export const addTargetCommands = (program: Command, session: Session): void => {
  const group = aboutEnvironment(
    program.command('target').description("manage the members' copies of the backup"),
  );
  const command = (name: string, description: string, action: typeof test): Command => {
    const added = group.command(name).description(description);
    return added.action(async () => {
      const { json, ...options } = optionsOf(added);
      const { api, place } = await session.place(options);
      await action({ session, command: added, api, place, json }, added.args[0] ?? '');
    });
  };
  addOptions(command('add <id>', 'register a target and test it', add));
  const providers = group.command('providers').description('list the providers and their settings');
  providers.action(async () => {
    const all = await providersOf(await session.api());
    await session.show(optionsOf(providers).json, all, () => providersText(all));
  });
  command('test <id>', 'write, read back, list and remove a small object', test);
  command('list', 'list the targets and their state', list);
  command('enable <id>', 'start deliveries, oldest file first', toggle(true));
  command('disable <id>', 'stop deliveries; delivered files stay', toggle(false));
  command('heal <id>', 'check every delivered file and copy missing or altered ones again', heal).option(
    '--read-back',
    'read every byte instead of comparing the listing',
    false,
  );
  command(
    'takeover <id>',
    'make its location belong to this installation; earlier writers are refused',
    takeOver,
  );
  command('deliveries <id>', 'list the delivery state of every file', deliveries);
};
