import type { Command } from 'commander';
import { ApiClient } from './api-client.js';
import { EXIT } from './exit-codes.js';
import { Output } from './output.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What a command works with. `end` says how the process will end when no error does. */
export class CliContext {
  exitCode: number = EXIT.done;

  constructor(readonly env: Env) {}

  api(): ApiClient {
    const token = this.env['CHAINKEEP_TOKEN'];
    return new ApiClient(
      this.env['CHAINKEEP_URL'] ?? 'http://127.0.0.1:3000',
      token === '' ? undefined : token,
    );
  }

  output(options: Readonly<{ json?: boolean }>): Output {
    return new Output(options.json === true);
  }

  end(code: number): void {
    this.exitCode = Math.max(this.exitCode, code);
  }
}

export type Shared = Readonly<{ json?: boolean; consortium?: string; environment?: string }>;

/** The options every command on an environment has. */
export const withScope = (command: Command): Command =>
  command
    .option('-c, --consortium <id>', 'the consortium; by default the only one there is')
    .option('-e, --environment <id>', 'the environment; by default the only one there is');

export const withJson = (command: Command): Command =>
  command.option('--json', 'write the answer as one line of JSON');
