import type { Command } from 'commander';
import { readCliConfig, type Env } from './cli.config.js';
import { EXIT, type Exit } from './exit.js';
import { ApiClient } from './service/api-client.js';
import { findEnvironment, type ChosenEnvironment, type EnvironmentOptions } from './service/environment.js';
import type { Terminal } from './terminal/terminal.js';

/** What every command gets: where to write, how to reach the service, and what it ends with. */
export class Session {
  exit: Exit = EXIT.done;
  private client: Promise<ApiClient> | undefined;

  constructor(
    readonly terminal: Terminal,
    readonly env: Env,
  ) {}

  /** The service; nothing is read before a command asks for it, so offline commands need no settings. */
  async api(): Promise<ApiClient> {
    this.client ??= readCliConfig(this.env).then((config) => new ApiClient(config));
    return this.client;
  }

  async place(options: EnvironmentOptions): Promise<Readonly<{ api: ApiClient; place: ChosenEnvironment }>> {
    const api = await this.api();
    return { api, place: await findEnvironment(api, options) };
  }

  /** The value itself with --json, else its text for people. */
  async show(isJson: boolean, value: unknown, text: () => string): Promise<void> {
    if (isJson) await this.terminal.json(value);
    else await this.terminal.line(text());
  }
}

/** Options of a command with those of the commands above it. */
export const optionsOf = (command: Command): Readonly<{ json: boolean }> & EnvironmentOptions => {
  const options = command.optsWithGlobals<{ json?: boolean } & EnvironmentOptions>();
  return { ...options, json: options.json ?? false };
};

/** A group whose commands are about one environment. */
export const aboutEnvironment = (command: Command): Command =>
  command
    .option('-c, --consortium <id>', 'the consortium; optional if there is only one')
    .option('-e, --environment <id>', 'the environment; optional if there is only one');
