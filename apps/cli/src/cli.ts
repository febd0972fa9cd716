import { Command, CommanderError } from 'commander';
import { buildInfo, type BuildInfo } from '#libs/runtime';
import type { Env } from './cli.config.js';
import { addBackupCommands, addDecideCommand } from './commands/backup.commands.js';
import { addDoctorCommand } from './commands/doctor.command.js';
import { addHistoryCommands } from './commands/history.commands.js';
import { addInspectCommand } from './commands/inspect.command.js';
import { addKeysCommands } from './commands/keys.commands.js';
import { addNetworkCommands } from './commands/network.commands.js';
import { addStoreCommands } from './commands/store.commands.js';
import { addTargetCommands } from './commands/target.commands.js';
import { addVerifyCommand } from './commands/verify.command.js';
import { Session } from './session.js';
import { errorText, EXIT, EXIT_HELP, exitOf, UsageProblem, type Exit } from './exit.js';
import { Terminal } from './terminal/terminal.js';

const createProgram = (session: Session, { version, commit }: BuildInfo): Command => {
  const program = new Command('chainkeep')
    .description('Consensus-verified backups of private EVM chains.')
    .version(`${version} (commit ${commit})`)
    .option('--json', 'print JSON')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      outputError: (text, write) => {
        const sentence = text.trim().replace(/^error: /, '');
        write(errorText(new UsageProblem(sentence, 'See chainkeep --help.')));
      },
    })
    .exitOverride()
    .addHelpText('after', EXIT_HELP);
  for (const add of [
    addNetworkCommands,
    addBackupCommands,
    addDecideCommand,
    addTargetCommands,
    addHistoryCommands,
    addInspectCommand,
    addVerifyCommand,
    addStoreCommands,
    addKeysCommands,
    addDoctorCommand,
  ])
    add(program, session);
  return program;
};

/** Runs one command line to its end; resolves with the exit code and never rejects. */
export const runCli = async (argv: readonly string[], env: Env): Promise<Exit> => {
  const terminal = new Terminal(process.stdout, process.stderr);
  const session = new Session(terminal, env);
  try {
    const program = createProgram(session, await buildInfo(import.meta.url));
    await program.parseAsync(argv);
    return session.exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    terminal.note(errorText(error));
    return exitOf(error);
  } finally {
    terminal.endProgress();
  }
};
