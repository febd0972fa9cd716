import type { Command } from 'commander';
import { CodedError } from '#libs/kernel';
import type { Json } from '#libs/network-file';
import { withJson, withScope, type CliContext, type Shared } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { cell, table } from '../output.js';
import { environmentPath } from '../scope.js';

type AddOptions = Shared &
  Readonly<{ id?: string; member: string; provider: string; set: readonly string[]; off?: boolean }>;

const listOf = async (context: CliContext, options: Shared): Promise<string> =>
  `${await environmentPath(context.api(), options)}/configurations`;

const targetPath = async (context: CliContext, id: string, options: Shared): Promise<string> =>
  `${await listOf(context, options)}/${encodeURIComponent(id)}`;

const line = ({ _id, state, details, membership_id: member, delivered }: Json): string[] => {
  const { files } = (delivered ?? {}) as Json;
  return [
    cell(_id),
    cell(state),
    cell((details as Json | undefined)?.['provider']),
    cell(member),
    cell(files),
  ];
};
const HEAD = ['ID', 'STATE', 'PROVIDER', 'MEMBER', 'FILES'];

const detailsOf = (pairs: readonly string[]): Json =>
  Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CodedError('INPUT_INVALID', '--set takes name=value.');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );

const add = async (context: CliContext, options: AddOptions): Promise<void> => {
  const { id, member, provider, set, off } = options;
  const answer = (await context.api().post(await listOf(context, options), {
    ...(id === undefined ? {} : { _id: id, name: id }),
    membership_id: member,
    type: 'backup',
    details: { ...detailsOf(set), provider, environment_backup_target: off !== true },
  })) as Json;
  context.output(options).show(answer, () => table([HEAD, line(answer)]));
};

const list = async (context: CliContext, options: Shared): Promise<void> => {
  const all = (await context.api().get(await listOf(context, options))) as readonly Json[];
  const targets = all.filter(({ type, state }) => type === 'backup' && state !== 'deleted');
  context.output(options).show(targets, () => table([HEAD, ...targets.map(line)]));
};

const test = async (context: CliContext, id: string, options: Shared): Promise<void> => {
  const answer = (await context.api().post(`${await targetPath(context, id, options)}/test`, {})) as Json;
  const findings = (answer['findings'] ?? []) as readonly Json[];
  context
    .output(options)
    .show(answer, () =>
      findings.flatMap(({ check, result, message, cure }) => [
        `${cell(result)} ${cell(check)}: ${cell(message)}`,
        ...(cure === undefined ? [] : [`    cure: ${cell(cure)}`]),
      ]),
    );
  if (answer['ok'] === false) context.end(EXIT.foundWrong);
};

const turn = async (context: CliContext, id: string, options: Shared, on: boolean): Promise<void> => {
  const details = { environment_backup_target: on };
  const answer = (await context.api().patch(await targetPath(context, id, options), { details })) as Json;
  context.output(options).show(answer, () => table([HEAD, line(answer)]));
};

const heal = async (context: CliContext, id: string, options: Shared): Promise<void> => {
  const answer = await context.api().post(`${await targetPath(context, id, options)}/heal`, {});
  context.output(options).show(answer ?? {}, () => [`${id} is being healed.`]);
};

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** `target ...`: where the files go. */
export const addTargetCommands = (program: Command, context: CliContext): void => {
  const target = program.command('target').description('where the files of an environment go');
  const command = (name: string, text: string): Command =>
    withJson(withScope(target.command(name).description(text)));
  command('add', 'register a target; secrets are better kept in a network file with ${VARIABLES}')
    .requiredOption('--member <id>', 'the member it belongs to')
    .requiredOption('--provider <name>', 'aws, s3, azure or directory')
    .option('--id <id>', 'its id; permanent')
    .option('--set <name=value>', 'a detail such as bucket=b or path=/p; repeat it', collect, [])
    .option('--off', 'register it disabled')
    .action((options: AddOptions) => add(context, options));
  command('list', 'list the targets').action((options: Shared) => list(context, options));
  command('test <id>', 'write, read back, list, conditional put; exit 1 when one fails').action(
    (id: string, options: Shared) => test(context, id, options),
  );
  command('enable <id>', 'deliver to it').action((id: string, options: Shared) =>
    turn(context, id, options, true),
  );
  command('disable <id>', 'deliver no more to it').action((id: string, options: Shared) =>
    turn(context, id, options, false),
  );
  command('heal <id>', 'deliver again what is missing or altered there').action(
    (id: string, options: Shared) => heal(context, id, options),
  );
};
