/**
 * A double of EventStoreDB / KurrentDB: it speaks the server's gRPC protocol as far as our client needs it, so that the
 * real client library runs in every test. It proves that the adapter uses the library and the protocol rightly. It
 * proves nothing about the real server: not its speed, its durability, its cluster or its limits.
 */
import { randomUUID } from 'node:crypto';
import gossipPb from '@eventstore/db-client/generated/gossip_pb.js';
import gossipGrpcPb from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import serverfeaturesPb from '@eventstore/db-client/generated/serverfeatures_pb.js';
import serverfeaturesGrpcPb from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import streamsGrpcPb from '@eventstore/db-client/generated/streams_grpc_pb.js';
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { KurrentLog, type Expected, type Proposed, type WriteResult } from './kurrentdb-log.js';
import { batchResponse } from './kurrentdb-batch.js';
import { nameOf, readCall, TEMPERS, windowOf, type KurrentTemper, type ReadCall } from './kurrentdb-read.js';
import { TcpLink } from './tcp-link.js';

export type KurrentOptions = Readonly<{
  /** Where it keeps its log; in memory when left out. */
  file?: string;
  port?: number;
  /** Speaks TLS with these (PEM). */
  tls?: Readonly<{ key: string; cert: string }>;
  /** `user:password` that every call must carry. */
  login?: string;
  /** How it follows `$all`; default as 24.2 does. */
  temper?: KurrentTemper;
  /** False: the user isn't in `$admins`, and may not read `$all`. */
  mayReadAll?: boolean;
}>;

/** Largest append in bytes, as the server's default. */
const APPEND_BYTES_MAX = 1024 * 1024;

type Failure = Readonly<{ code: status; details: string; metadata: Metadata }>;

const failure = (code: status, details: string, headers: Readonly<Record<string, string>> = {}): Failure => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return { code, details, metadata };
};

/** What goes wrong in it, by a test's wish. Counts say how many calls. */
export class KurrentFaults {
  /** Calls answered UNAVAILABLE. */
  unavailable = 0;
  /** Appends answered with "another node leads". */
  notLeader = 0;
  /** Appends that are written and never answered. */
  unanswered = 0;
  /** Every call waits this long. */
  delayMs = 0;
}

const expectedOf = (options: streamsPb.AppendReq.Options): Expected => {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no_stream';
  return options.hasStreamExists() ? 'stream_exists' : BigInt(options.getRevision());
};

const proposedOf = (
  message: streamsPb.AppendReq.ProposedMessage | streamsPb.BatchAppendReq.ProposedMessage,
): Proposed => ({
  id: message.getId()?.getString() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: message.getData_asB64(),
  metadata: message.getCustomMetadata_asB64(),
});

const appendResponse = (
  result: Exclude<WriteResult, { kind: 'deleted' }>,
  expected: Expected,
): streamsPb.AppendResp => {
  if (result.kind === 'written') {
    const position = new streamsPb.AppendResp.Position();
    position.setCommitPosition(String(result.position)).setPreparePosition(String(result.position));
    const success = new streamsPb.AppendResp.Success();
    success.setCurrentRevision(String(result.revision)).setPosition(position);
    return new streamsPb.AppendResp().setSuccess(success);
  }
  const wrong = new streamsPb.AppendResp.WrongExpectedVersion();
  if (result.current === undefined) wrong.setCurrentNoStream(new sharedPb.Empty());
  else wrong.setCurrentRevision(String(result.current));
  if (expected === 'any') wrong.setExpectedAny(new sharedPb.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new sharedPb.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new sharedPb.Empty());
  else wrong.setExpectedRevision(String(expected));
  return new streamsPb.AppendResp().setWrongExpectedVersion(wrong);
};

export class KurrentDouble {
  readonly faults = new KurrentFaults();
  /** Calls it received, by kind. */
  readonly calls = { append: 0, batchAppend: 0, read: 0, subscribe: 0 };
  readonly log: KurrentLog;
  /** How many events the newest subscription may be silent over, as the client asked. */
  windowAsked = 32;
  private server = new Server();
  private link: TcpLink | undefined;

  private constructor(private readonly options: KurrentOptions) {
    this.log = new KurrentLog(options.file);
  }

  static async start(options: KurrentOptions = {}): Promise<KurrentDouble> {
    const double = new KurrentDouble(options);
    await double.listen(options.port);
    return double;
  }

  get port(): number {
    return this.link!.port;
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.port}?tls=false`;
  }

  /** Breaks all connections. */
  cut(): void {
    this.link!.cut();
  }

  /** Nothing passes, connections stay open. */
  silence(silent: boolean): void {
    this.link!.silence(silent);
  }

  /** Ends the server, its port refusing connections for a moment, and starts it on the same log. */
  async restart(downMs = 0): Promise<void> {
    const port = this.port;
    await this.link!.close();
    this.server.forceShutdown();
    await new Promise((resolve) => setTimeout(resolve, downMs));
    await this.listen(port);
  }

  async stop(): Promise<void> {
    await this.link?.close();
    this.server.forceShutdown();
    this.log.close();
  }

  private async listen(port = 0): Promise<void> {
    this.server = new Server({ 'grpc.max_receive_message_length': 32 * 1024 * 1024 });
    this.server.addService(streamsGrpcPb.StreamsService, this.streams());
    this.server.addService(serverfeaturesGrpcPb.ServerFeaturesService, {
      getSupportedMethods: this.features,
    });
    this.server.addService(gossipGrpcPb.GossipService, { read: this.gossip });
    const { tls } = this.options;
    const credentials = tls
      ? ServerCredentials.createSsl(null, [
          { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) },
        ])
      : ServerCredentials.createInsecure();
    const inner = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', credentials, (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    this.link = await TcpLink.open(inner, port);
  }

  private streams() {
    return {
      append: (
        call: ServerReadableStream<streamsPb.AppendReq, streamsPb.AppendResp>,
        answer: sendUnaryData<streamsPb.AppendResp>,
      ) => {
        this.append(call, answer);
      },
      batchAppend: (call: ServerDuplexStream<streamsPb.BatchAppendReq, streamsPb.BatchAppendResp>) => {
        this.batchAppend(call);
      },
      read: readCall(
        this.log,
        (call) => this.refusedRead(call),
        this.faults,
        this.options.temper ?? TEMPERS['24.2']!,
      ),
      delete: (
        call: ServerUnaryCall<streamsPb.DeleteReq, streamsPb.DeleteResp>,
        answer: sendUnaryData<streamsPb.DeleteResp>,
      ) => {
        this.log.remove(nameOf(call.request.getOptions()?.getStreamIdentifier()), false);
        answer(null, new streamsPb.DeleteResp().setNoPosition(new sharedPb.Empty()));
      },
      tombstone: (
        call: ServerUnaryCall<streamsPb.TombstoneReq, streamsPb.TombstoneResp>,
        answer: sendUnaryData<streamsPb.TombstoneResp>,
      ) => {
        this.log.remove(nameOf(call.request.getOptions()?.getStreamIdentifier()), true);
        answer(null, new streamsPb.TombstoneResp().setNoPosition(new sharedPb.Empty()));
      },
    };
  }

  /** Why a call is not served, if it is not. */
  private refusal(metadata: Metadata): Failure | undefined {
    const { login } = this.options;
    const basic = `Basic ${Buffer.from(login ?? '').toString('base64')}`;
    if (login !== undefined && metadata.get('authorization')[0] !== basic)
      return failure(status.UNAUTHENTICATED, 'The request is not signed in.');
    if (this.faults.unavailable === 0) return undefined;
    this.faults.unavailable -= 1;
    return failure(status.UNAVAILABLE, 'The server is not ready.');
  }

  private refusedRead(call: ReadCall): Failure | undefined {
    const options = call.request.getOptions();
    this.calls[options?.hasSubscription() ? 'subscribe' : 'read'] += 1;
    if (options?.hasSubscription()) this.windowAsked = windowOf(options);
    const refusal = this.refusal(call.metadata);
    if (refusal || this.options.mayReadAll !== false || !options?.hasAll()) return refusal;
    return failure(status.PERMISSION_DENIED, 'Access to $all denied', { exception: 'access-denied' });
  }

  private refusedAppend(metadata: Metadata, events: readonly Proposed[]): Failure | undefined {
    const refusal = this.refusal(metadata);
    if (refusal) return refusal;
    if (this.faults.notLeader > 0) {
      this.faults.notLeader -= 1;
      return failure(status.NOT_FOUND, 'Leader info available', {
        exception: 'not-leader',
        'leader-endpoint-host': '127.0.0.1',
        'leader-endpoint-port': String(this.port),
      });
    }
    // As measured: the data of the whole append, without its metadata.
    const bytes = events.reduce((sum, { data }) => sum + Buffer.byteLength(data, 'base64'), 0);
    if (bytes <= APPEND_BYTES_MAX) return undefined;
    return failure(status.INVALID_ARGUMENT, 'Maximum Append Size Exceeded.');
  }

  private append(
    call: ServerReadableStream<streamsPb.AppendReq, streamsPb.AppendResp>,
    answer: sendUnaryData<streamsPb.AppendResp>,
  ): void {
    this.calls.append += 1;
    const events: Proposed[] = [];
    let options: streamsPb.AppendReq.Options | undefined;
    call.on('error', () => undefined);
    call.on('data', (request: streamsPb.AppendReq) => {
      if (request.hasOptions()) options = request.getOptions();
      const message = request.getProposedMessage();
      if (message) events.push(proposedOf(message));
    });
    call.on('end', () => {
      setTimeout(() => {
        const refused = this.refusedAppend(call.metadata, events);
        if (refused) {
          answer(refused);
          return;
        }
        const stream = nameOf(options?.getStreamIdentifier());
        const expected = expectedOf(options!);
        const result = this.log.append(stream, events, expected);
        if (this.faults.unanswered > 0) {
          this.faults.unanswered -= 1;
          this.cut();
          return;
        }
        if (result.kind === 'deleted') {
          const headers = { exception: 'stream-deleted', 'stream-name': stream };
          answer(failure(status.FAILED_PRECONDITION, `Stream ${stream} is deleted.`, headers));
        } else answer(null, appendResponse(result, expected));
      }, this.faults.delayMs);
    });
  }

  private batchAppend(call: ServerDuplexStream<streamsPb.BatchAppendReq, streamsPb.BatchAppendResp>): void {
    this.calls.batchAppend += 1;
    const waiting = new Map<string, { options: streamsPb.BatchAppendReq.Options; events: Proposed[] }>();
    call.on('error', () => undefined);
    call.on('data', (request: streamsPb.BatchAppendReq) => {
      const key = Buffer.from(request.getCorrelationId()!.serializeBinary()).toString('hex');
      const batch = waiting.get(key) ?? { options: request.getOptions()!, events: [] };
      waiting.set(key, batch);
      batch.events.push(...request.getProposedMessagesList().map(proposedOf));
      if (!request.getIsFinal()) return;
      waiting.delete(key);
      const stream = nameOf(batch.options.getStreamIdentifier());
      call.write(
        batchResponse(request.getCorrelationId()!, batch.options, (expected) =>
          this.log.append(stream, batch.events, expected),
        ),
      );
    });
    call.on('end', () => {
      call.end();
    });
  }

  private readonly features = (
    _: unknown,
    answer: sendUnaryData<serverfeaturesPb.SupportedMethods>,
  ): void => {
    const service = 'event_store.client.streams.streams';
    const methods = ['read', 'append', 'batchappend', 'delete', 'tombstone'].map((name) => {
      const features = name === 'read' ? ['position', 'events'] : [];
      return new serverfeaturesPb.SupportedMethod()
        .setServiceName(service)
        .setMethodName(name)
        .setFeaturesList(features);
    });
    answer(
      null,
      new serverfeaturesPb.SupportedMethods().setMethodsList(methods).setEventStoreServerVersion('24.10.0.0'),
    );
  };

  private readonly gossip = (_: unknown, answer: sendUnaryData<gossipPb.ClusterInfo>): void => {
    const member = new gossipPb.MemberInfo()
      .setInstanceId(new sharedPb.UUID().setString(randomUUID()))
      .setTimeStamp(String(Date.now()))
      .setState(gossipPb.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new gossipPb.EndPoint().setAddress('127.0.0.1').setPort(this.port));
    answer(null, new gossipPb.ClusterInfo().setMembersList([member]));
  };
}
