import { Option, type Command } from 'commander';
import type { Json } from '#libs/network-file';
import { withJson, type CliContext, type Shared } from '../context.js';
import { cell, table } from '../output.js';
import { consortiumPath } from '../scope.js';

type Options = Shared & Readonly<{ member: string; role: string; label: string }>;

const keysOf = async (context: CliContext, options: Options): Promise<string> => {
  const consortium = await consortiumPath(context.api(), options);
  return `${consortium}/memberships/${encodeURIComponent(options.member)}/keys`;
};

/** `keys ...`: the API keys of a member. */
export const addKeyCommands = (program: Command, context: CliContext): void => {
  const keys = program.command('keys').description('API keys of a member');
  const command = (name: string, text: string): Command =>
    withJson(keys.command(name).description(text))
      .option('-c, --consortium <id>', 'the consortium; by default the only one there is')
      .requiredOption('-m, --member <id>', 'the member');
  const roles = ['operator', 'member_admin', 'member_viewer'];
  command('issue', 'issue a key; its text is shown this once')
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).default('member_viewer'))
    .option('--label <text>', 'what it is for', '')
    .action(async (options: Options) => {
      const { role, label } = options;
      const answer = (await context.api().post(await keysOf(context, options), { role, label })) as Json;
      context.output(options).show(answer, () => [`${cell(answer['_id'])}  ${cell(answer['key'])}`]);
    });
  command('list', 'list the keys, without their texts').action(async (options: Options) => {
    const all = (await context.api().get(await keysOf(context, options))) as readonly Json[];
    context
      .output(options)
      .show(all, () =>
        table([
          ['ID', 'ROLE', 'LABEL'],
          ...all.map(({ _id, role, label }) => [cell(_id), cell(role), cell(label)]),
        ]),
      );
  });
  command('revoke <key>', 'revoke a key at once').action(async (key: string, options: Options) => {
    await context.api().delete(`${await keysOf(context, options)}/${encodeURIComponent(key)}`);
    context.output(options).show({ revoked: key }, () => [`${key} is revoked.`]);
  });
};
