/** Programs and arguments, never given to a shell. */
export type Argv = readonly string[];

/**
 * How a client is stopped, started and told to write a file. In the arguments `{file}`, `{name}`, `{first}` and
 * `{last}` are filled in. Defined only in the local file of the server: who can change it can run programs there.
 */
export type CommandControllerSpec = Readonly<{
  kind: 'command';
  /** Returns when the client has ended. */
  halt: Argv;
  /** Returns when the client was started; does no harm while it runs. */
  start: Argv;
  export?: Argv;
  /** Brings what `export` wrote elsewhere to `{file}`, once the client runs again. */
  fetch?: Argv;
}>;

/** A folder that the node writes to and this server reads: the same place under two names. */
export type SharedDiskSpec = Readonly<{ kind: 'shared-disk'; nodePath: string; path: string }>;

export type NodeControllerSpec = CommandControllerSpec | SharedDiskSpec;

/** What the client shall write: `last` as this client counts it (Besu's is the block after the last). */
export type ExportRequest = Readonly<{ file: string; name: string; first: bigint; last: bigint }>;

/**
 * A client that was halted. Until `start` succeeds, a watchdog in a separate process starts the client when this process
 * ends or the limit passes.
 */
export abstract class HaltedClient {
  /** Runs the client's export command. Throws `CONTROLLER_FAILED`; when `signal` aborts, its reason. */
  abstract export(request: ExportRequest, signal: AbortSignal): Promise<void>;
  /** Starts the client and dismisses the watchdog. Throws `CONTROLLER_FAILED`; may be repeated. */
  abstract start(): Promise<void>;
  /** Brings an exported file here, where the controller says how; call it when the client runs again. */
  abstract fetch(request: ExportRequest, signal: AbortSignal): Promise<void>;
}

/** Port: halts and starts the client of one node. */
export abstract class CommandController {
  abstract readonly name: string;
  abstract readonly canExport: boolean;
  /**
   * Halts the client, for `limitMs` at most. When this fails the client was told to start again before it throws
   * (`CONTROLLER_FAILED`, or the signal's reason).
   */
  abstract halt(options: Readonly<{ limitMs: number; signal: AbortSignal }>): Promise<HaltedClient>;
  /** Starts the client; does no harm while it runs. Throws `CONTROLLER_FAILED`. */
  abstract start(): Promise<void>;
}

/** Port: the node controllers of this server, by the names that nodes refer to. */
export abstract class NodeControllers {
  abstract has(name: string): boolean;
  /** Is there one of this name that halts and starts a client? */
  abstract canHalt(name: string): boolean;
  /** Throws `CONTROLLER_UNKNOWN` when there is none of this name, or it halts and starts nothing. */
  abstract command(name: string | undefined): CommandController;
  /** Throws `CONTROLLER_UNKNOWN` when there is none of this name, or it isn't a shared disk. */
  abstract sharedDisk(name: string | undefined): SharedDiskSpec;
}
