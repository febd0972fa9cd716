import { CodedError } from '#libs/kernel';

import {
  CommandController,
  HaltedClient,
  NodeControllers,
  type Argv,
  type CommandControllerSpec,
  type ExportRequest,
  type NodeControllerSpec,
  type SharedDiskSpec,
} from '../node-controller.js';
import { runCommand, type CommandRun } from '../controller/run-command.js';
import { Watchdog } from '../controller/watchdog.js';

/** Stopping a client flushes its caches, which takes a while on a large chain. */
const START_MS = 5 * 60_000;
const FETCH_MS = 60 * 60_000;

const filled = (argv: Argv, { file, name, first, last }: ExportRequest): Argv => {
  const values: Readonly<Record<string, string>> = { file, name, first: `${first}`, last: `${last}` };
  return argv.map((part) =>
    part.replace(/\{(file|name|first|last)\}/g, (_whole, key: string) => values[key] ?? ''),
  );
};

class HaltedByCommand extends HaltedClient {
  constructor(
    private readonly name: string,
    private readonly spec: CommandControllerSpec,
    private readonly watchdog: Watchdog,
  ) {
    super();
  }

  override async export(request: ExportRequest, signal: AbortSignal): Promise<void> {
    const { export: argv } = this.spec;
    if (argv === undefined) throw noExport(this.name);
    await this.run({ step: 'export', argv: filled(argv, request), signal }, true);
  }

  override async start(): Promise<void> {
    await this.run({ step: 'start', argv: this.spec.start, signal: AbortSignal.timeout(START_MS) }, false);
    this.watchdog.dismiss();
  }

  override async fetch(request: ExportRequest, signal: AbortSignal): Promise<void> {
    const { fetch: argv } = this.spec;
    if (argv === undefined) return;
    const within = AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]);
    await runCommand({ controller: this.name, step: 'fetch', argv: filled(argv, request), signal: within });
  }

  private async run(
    { step, argv, signal }: Pick<CommandRun, 'step' | 'argv' | 'signal'>,
    mayKill: boolean,
  ): Promise<void> {
    await runCommand({
      controller: this.name,
      step,
      argv,
      signal,
      onProcess: (pid, state) => {
        this.watchdog.onProcess(pid, state, mayKill);
      },
    });
  }
}

class ArgvController extends CommandController {
  constructor(
    override readonly name: string,
    private readonly spec: CommandControllerSpec,
  ) {
    super();
  }

  override get canExport(): boolean {
    return this.spec.export !== undefined;
  }

  override async halt({
    limitMs,
    signal,
  }: Readonly<{ limitMs: number; signal: AbortSignal }>): Promise<HaltedClient> {
    const watchdog = new Watchdog(this.spec.start, limitMs);
    await watchdog.ready();
    const client = new HaltedByCommand(this.name, this.spec, watchdog);
    try {
      await runCommand({
        controller: this.name,
        step: 'halt',
        argv: this.spec.halt,
        signal,
        onProcess: (pid, state) => {
          watchdog.onProcess(pid, state, false);
        },
      });
      return client;
    } catch (error) {
      // Half halted is halted. When even this fails, the watchdog goes on trying.
      await client.start().catch(() => undefined);
      throw error;
    }
  }

  override async start(): Promise<void> {
    const { name, spec } = this;
    const signal = AbortSignal.timeout(START_MS);
    await runCommand({ controller: name, step: 'start', argv: spec.start, signal });
  }
}

const noExport = (name: string): CodedError =>
  new CodedError('CONTROLLER_UNKNOWN', `Controller ${name} has no export command.`, {
    context: { controller: name },
  });

/** Controllers as the server's local file defines them. */
export class CommandNodeControllers extends NodeControllers {
  private readonly specs: ReadonlyMap<string, NodeControllerSpec>;

  constructor(specs: Readonly<Record<string, NodeControllerSpec>> = {}) {
    super();
    this.specs = new Map(Object.entries(specs));
  }

  override has(name: string): boolean {
    return this.specs.has(name);
  }

  override canHalt(name: string): boolean {
    return this.specs.get(name)?.kind === 'command';
  }

  override command(name: string | undefined): CommandController {
    const spec = this.find(name);
    if (spec.kind === 'command') return new ArgvController(name ?? '', spec);
    throw new CodedError('CONTROLLER_UNKNOWN', `Controller ${name ?? ''} cannot halt and start a client.`, {
      context: { controller: name },
    });
  }

  override sharedDisk(name: string | undefined): SharedDiskSpec {
    const spec = this.find(name);
    if (spec.kind === 'shared-disk') return spec;
    throw new CodedError('CONTROLLER_UNKNOWN', `Controller ${name ?? ''} is not a shared disk.`, {
      context: { controller: name },
    });
  }

  private find(name: string | undefined): NodeControllerSpec {
    const spec = name === undefined ? undefined : this.specs.get(name);
    if (spec !== undefined) return spec;
    const what = name === undefined ? 'The node names no controller' : `There is no controller "${name}"`;
    throw new CodedError('CONTROLLER_UNKNOWN', `${what} in the local file of this server.`, {
      context: { controller: name },
    });
  }
}
