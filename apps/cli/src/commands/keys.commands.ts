import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createChainkeepStreams } from '#libs/contracts';
import { SystemClock } from '#libs/runtime';
import { issueOperatorKey, newKeyText } from '#libs/services';
import { readStoreLocation } from '../cli.config.js';
import { UsageProblem } from '../exit.js';
import { optionsOf, type Session } from '../session.js';

const ID_LENGTH = 11;

const issue = async (session: Session, command: Command): Promise<void> => {
  const { local, label } = command.opts<{ local?: true; label: string }>();
  if (local !== true)
    throw new UsageProblem(
      'Give --local.',
      'Keys of members are issued through the API: POST .../memberships/{id}/keys.',
    );
  const location = readStoreLocation(session.env);
  const isHome = location.databaseUrl === undefined && location.eventStore === undefined;
  if (isHome && !existsSync(join(location.home, 'chainkeep.db')))
    throw new UsageProblem(`${location.home} is not a data directory of Chainkeep.`, 'Set CHAINKEEP_HOME.');
  const { openStore } = await import('#libs/composition/store.adapters');
  const { store, close } = await openStore(location, false);
  try {
    const keyId = `k${randomUUID().replaceAll('-', '').slice(0, ID_LENGTH)}`;
    const text = newKeyText();
    const parts = { streams: createChainkeepStreams(store), clock: new SystemClock() };
    await issueOperatorKey(parts, { keyId, label, text, actor: `local:${userInfo().username}` });
    await session.show(optionsOf(command).json, { _id: keyId, role: 'operator', label, key: text }, () =>
      [`Operator key ${text}`, 'It is shown once. Set CHAINKEEP_TOKEN to it.'].join('\n'),
    );
  } finally {
    await close();
  }
};

/** `chainkeep keys ...` */
export const addKeysCommands = (program: Command, session: Session): void => {
  const keys = program.command('keys').description('make keys on the server');
  const command = keys
    .command('issue')
    .description('make an operator key in the store itself, also while the service runs')
    .option('--local', 'on the server, without a key')
    .option('--label <text>', 'what the key is for', 'chainkeep keys issue --local');
  command.action(async () => issue(session, command));
};
