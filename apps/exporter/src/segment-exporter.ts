import { join } from 'node:path';
import { createManifest, manifestKey, manifestToJson, segmentKey, type ManifestInput } from '#libs/archive';
import { gatherSegment, SegmentCollector, type ChainNode } from '#libs/chain';
import type { ExportingBackup, LiveEnvironment, PlannedSegment, SegmentRecord } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { bodyFromBytes, bodyFromFile, digestOf, type ObjectStore } from '#libs/object-store';
import { claimPlace, endpointOf, managedBucketOf, type ServicePorts } from '#libs/platform';
import { ProgressNotes } from './progress-notes.js';
import { SegmentStage } from './segment-stage.js';
import { readStoredSegment, type StoredSegment } from './stored-segment.js';
import { WatchedObjectStore } from './watched.object-store.js';

export type ExportJob = Readonly<{
  environment: LiveEnvironment;
  backup: ExportingBackup;
  planned: PlannedSegment;
  signal: AbortSignal;
}>;

const PROGRESS_EVERY_BLOCKS = 10_000n;

/** Makes one planned segment durable in the managed bucket, manifest beside it, and says what was made. */
export class SegmentExporter {
  constructor(
    private readonly ports: ServicePorts,
    /** How often the stream is told that a file gets on; several times within the stall time-out. */
    private readonly noteEveryMs: number,
  ) {}

  async export(job: ExportJob): Promise<SegmentRecord> {
    const notes = new ProgressNotes(this.ports, job, this.noteEveryMs);
    try {
      return await this.make(job, notes);
    } finally {
      await notes.settled();
    }
  }

  private async make(job: ExportJob, notes: ProgressNotes): Promise<SegmentRecord> {
    const { environment, planned, signal } = job;
    const managed = new WatchedObjectStore(await managedBucketOf(environment, this.ports), () => {
      notes.gotOn();
    });
    const key = segmentKey(environment.environmentId, planned.file);
    const genesisHash = job.backup.genesisHash ?? 'unknown';
    await claimPlace(managed, environment, { installation: this.ports.installation, genesisHash }, signal);
    const nodes = await this.sourcesOf(job);
    const adopted = await this.adopt(job, managed, key);
    const { collector, stored, sourceNode } =
      adopted ?? (await this.gather(job, managed, { key, nodes, notes }));
    signal.throwIfAborted();
    await this.writeManifest(job, managed, { collector, stored, node: nodes[0], sourceNode });
    return recordOf(planned, collector, { stored, key, sourceNode, backup: job.backup });
  }

  private collectorFor({ backup, planned }: ExportJob): SegmentCollector {
    const { start, end, endHash } = planned;
    return new SegmentCollector({ range: { start, end }, parentHash: backup.tip?.hash, endHash });
  }

  /** The monitor first, then the validators that confirmed the end. */
  private async sourcesOf({ environment, backup }: ExportJob): Promise<readonly ChainNode[]> {
    const agreed = backup.agreed.confirmations.filter(({ outcome }) => outcome === 'agrees');
    const ids = new Set(agreed.map(({ nodeId }) => nodeId));
    const nodes = [...environment.nodes.values()];
    const wanted = [
      ...nodes.filter(({ role }) => role === 'monitor'),
      ...nodes.filter(({ nodeId }) => ids.has(nodeId)),
    ];
    const provider = environment.provider;
    return Promise.all(
      wanted.map(async (node) =>
        this.ports.nodes.open({
          id: node.nodeId,
          endpoint: await endpointOf(node, this.ports.vault),
          provider,
        }),
      ),
    );
  }

  /** An object that a crash left under the key before its event: taken over when it is exactly the planned segment. */
  private async adopt(job: ExportJob, managed: ObjectStore, key: string) {
    if ((await managed.head(key)) === undefined) return undefined;
    const collector = this.collectorFor(job);
    const gzip = key.endsWith('.gz');
    const stored = await readStoredSegment(managed, key, collector, { gzip, signal: job.signal });
    return stored && { collector, stored, sourceNode: 'managed-bucket' };
  }

  private async gather(
    job: ExportJob,
    managed: ObjectStore,
    { key, nodes, notes }: Readonly<{ key: string; nodes: readonly ChainNode[]; notes: ProgressNotes }>,
  ) {
    const { environment, planned, signal } = job;
    const stage = new SegmentStage(join(this.ports.staging, environment.environmentId), planned.file);
    const collector = this.collectorFor(job);
    await stage.resume(collector);
    let sourceNode = nodes[0]?.id ?? 'staged';
    if (!collector.isComplete) {
      await stage.append(async (sink) => {
        const { sources } = await gatherSegment(
          { nodes, collector, sink, signal, onProgress: this.progressOf(job, notes) },
          this.ports,
        );
        sourceNode = sources.at(-1)?.node ?? sourceNode;
      });
    }
    const content = await stage.digest();
    const file = key.endsWith('.gz') ? await stage.compress() : content;
    await this.put(managed, key, await bodyFromFile(file.path, file.sha256), signal);
    await stage.discard();
    const stored: StoredSegment = { bytes: file.bytes, sha256: file.sha256, contentSha256: content.sha256 };
    return { collector, stored, sourceNode };
  }

  /** Durable and read back: only then may the segment be recorded. */
  private async put(
    managed: ObjectStore,
    key: string,
    body: Awaited<ReturnType<typeof bodyFromFile>>,
    signal: AbortSignal,
  ): Promise<void> {
    const result = await managed.put(key, body, 'if-absent', signal);
    if (result.outcome === 'refused') {
      // What stands there did not verify (see adopt): it is replaced, but only that very object.
      const { object } = result;
      const again = await managed.put(key, body, object ? { ifMatch: object.etag } : 'if-absent', signal);
      if (again.outcome === 'refused') {
        throw new CodedError('TARGET_UNAVAILABLE', `Somebody else writes ${key} in the managed bucket.`);
      }
    }
    const { sha256 } = await digestOf(managed, key, signal);
    if (sha256 !== body.sha256) {
      throw new CodedError('TARGET_DIGEST_MISMATCH', `${key} reads back with another digest.`, {
        context: { key, expected: body.sha256, actual: sha256 },
      });
    }
  }

  private progressOf({ environment, planned }: ExportJob, notes: ProgressNotes) {
    let reported = planned.start;
    return ({ next, end, node }: Readonly<{ next: bigint; end: bigint; node: string }>): void => {
      notes.gotOn(next);
      if (next - reported < PROGRESS_EVERY_BLOCKS) return;
      reported = next;
      this.ports.log.info('Gathering blocks.', {
        environment: environment.environmentId,
        file: planned.file,
        next: next.toString(),
        end: end.toString(),
        node,
      });
    };
  }

  private async writeManifest(
    job: ExportJob,
    managed: ObjectStore,
    made: Readonly<{
      collector: SegmentCollector;
      stored: StoredSegment;
      node: ChainNode | undefined;
      sourceNode: string;
    }>,
  ): Promise<void> {
    const { environment, planned, signal } = job;
    const identity = await made.node?.identity({ signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      this.ports.log.warn('The source did not say who it is; the manifest goes without.', { error });
      return undefined;
    });
    const json = manifestToJson(createManifest(manifestInput(job, made, identity)));
    const body = bodyFromBytes(Buffer.from(json));
    await managed.put(manifestKey(environment.environmentId, planned.file), body, 'always', signal);
  }
}

const manifestInput = (
  { environment, backup, planned }: ExportJob,
  {
    collector,
    stored,
    sourceNode,
  }: Readonly<{ collector: SegmentCollector; stored: StoredSegment; sourceNode: string }>,
  identity: Readonly<{ chainId: bigint; clientVersion: string }> | undefined,
): ManifestInput => {
  const summary = collector.summary();
  const { rule, confirmations, departures } = backup.agreed;
  return {
    environmentId: environment.environmentId,
    file: planned.file,
    date: planned.date,
    compression: planned.file.endsWith('.gz') ? 'gzip' : 'none',
    stored: { bytes: stored.bytes, sha256: stored.sha256 },
    summary: {
      ...summary,
      blocks: Number(summary.blocks),
      offsets: summary.offsets.map(({ offset }) => offset),
      sha256: stored.contentSha256,
    },
    source: { node: sourceNode, clientVersion: identity?.clientVersion ?? 'unknown' },
    chainId: identity?.chainId ?? 0n,
    genesisHash: backup.genesisHash ?? summary.start.hash,
    agreement: { rule, confirmations, departures },
    certificate: {
      kind: 'validator-confirmations',
      hash: planned.endHash,
      confirmed_by: confirmations.filter(({ outcome }) => outcome === 'agrees').map(({ nodeId }) => nodeId),
    },
  };
};

const recordOf = (
  planned: PlannedSegment,
  collector: SegmentCollector,
  made: Readonly<{ stored: StoredSegment; key: string; sourceNode: string; backup: ExportingBackup }>,
): SegmentRecord => {
  const { start, end, contentRoot, transactions } = collector.summary();
  const agreed = made.backup.agreed.confirmations.filter(({ outcome }) => outcome === 'agrees').length;
  return {
    ...planned,
    startHash: start.hash,
    parentHash: start.parentHash,
    endParentHash: end.parentHash,
    bytes: made.stored.bytes,
    sha256: made.stored.sha256,
    contentRoot,
    transactions,
    key: made.key,
    sourceNode: made.sourceNode,
    certificate: {
      kind: 'validator-confirmations',
      summary: `${agreed} of ${made.backup.agreed.confirmations.length} validators confirm the end block`,
    },
    raftSwapFile: false,
  };
};
