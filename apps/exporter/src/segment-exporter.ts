import { join } from 'node:path';
import { createManifest, manifestKey, manifestToJson, segmentKey } from '#libs/archive';
import { gatherSegment, SegmentCollector, type ChainNode } from '#libs/chain';
import type { Gather, SegmentRecord } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { bodyFromBytes, bodyFromFile, digestOf, type ObjectStore } from '#libs/object-store';
import { claimPlace, endpointOf, managedBucketOf, type ServicePorts } from '#libs/platform';
import { SharedDiskExport } from './admin-export.js';
import { Certifier } from './certifier.js';
import type { ExportJob } from './export-job.js';
import { HaltedExport, type ClientFiles } from './client-export.js';
import type { MonitorHalt } from './monitor-halt.js';
import { manifestInput, recordOf, type MadeSegment } from './segment-record.js';
import { SegmentStage } from './segment-stage.js';
import { plainBytesOf, readStoredSegment } from './stored-segment.js';

/** What a step of one export works with. */
type Work = ExportJob & Readonly<{ managed: ObjectStore; key: string; nodes: readonly ChainNode[] }>;

/** Part of a validator's time that gathering may take. */
const VALIDATOR_SHARE = 0.25;
const PROGRESS_EVERY_BLOCKS = 10_000n;

/** `monitorShare`: part of the monitor's time that gathering by RPC may take, in (0, 1]; all of it by default. */
export type ExporterOptions = Readonly<{ monitorShare?: number }>;

/** Makes one planned segment durable in the managed bucket, manifest beside it, and says what was made. */
export class SegmentExporter {
  private readonly certifier: Certifier;
  private readonly clientFiles: Readonly<Record<Exclude<Gather, 'rpc'>, ClientFiles>>;

  constructor(
    private readonly ports: ServicePorts,
    halts: MonitorHalt,
    private readonly options: ExporterOptions = {},
  ) {
    this.certifier = new Certifier(ports);
    this.clientFiles = {
      'client-export': new HaltedExport(ports, halts),
      'admin-export': new SharedDiskExport(ports),
    };
  }

  async export(job: ExportJob): Promise<SegmentRecord> {
    const { environment, planned, signal } = job;
    const managed = await managedBucketOf(environment, this.ports);
    const key = segmentKey(environment.environmentId, planned.file);
    const genesisHash = job.backup.genesisHash ?? 'unknown';
    await claimPlace(managed, environment, { installation: this.ports.installation, genesisHash });
    const work: Work = { ...job, managed, key, nodes: await this.sourcesOf(job) };
    const made = (await this.adopt(work)) ?? (await this.gather(work));
    signal.throwIfAborted();
    await this.writeManifest(work, made);
    return recordOf(job, made, key);
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

  /**
   * An object that a crash left under the key before its event: taken over when it is exactly the planned segment and
   * its seals are in order (on BFT chains it may carry others than the nodes have now).
   */
  private async adopt(work: Work): Promise<MadeSegment | undefined> {
    const { managed, key, signal } = work;
    if ((await managed.head(key)) === undefined) return undefined;
    const collector = this.collectorFor(work);
    const gzip = key.endsWith('.gz');
    const stored = await readStoredSegment(managed, key, collector, { gzip, signal });
    if (stored === undefined) return undefined;
    const blocks = () => plainBytesOf(managed.get(key, signal), gzip);
    const certified = await this.certifier.certify({ ...work, summary: collector.summary(), blocks });
    return certified.fault ? undefined : { collector, stored, sourceNode: 'managed-bucket', certified };
  }

  private async gather(work: Work): Promise<MadeSegment> {
    const { environment, planned, managed, key, nodes, signal } = work;
    const stage = new SegmentStage(join(this.ports.home, 'staging', environment.environmentId), planned.file);
    const { gather } = environment.settings;
    const gathered =
      gather === 'rpc'
        ? await this.gatherSealed(work, stage)
        : await this.certified(
            work,
            stage,
            await this.takeFromClient(work, stage, { gather, node: nodes[0]?.id ?? 'monitor' }),
          );
    const content = await stage.digest();
    const file = key.endsWith('.gz') ? await stage.compress() : content;
    await this.put(managed, key, await bodyFromFile(file.path, file.sha256), signal);
    await stage.discard();
    return {
      ...gathered,
      stored: { bytes: file.bytes, sha256: file.sha256, contentSha256: content.sha256 },
    };
  }

  private async certified<T extends Readonly<{ collector: SegmentCollector }>>(
    work: Work,
    stage: SegmentStage,
    gathered: T,
  ) {
    const summary = gathered.collector.summary();
    const blocks = () => stage.bytes();
    return { ...gathered, certified: await this.certifier.certify({ ...work, summary, blocks }) };
  }

  /**
   * Block hashes of BFT chains leave out the seals, so a node may give right blocks with wrong ones. Then the others
   * are asked; when all hold the same, that is the chain, and the certificate says what is wrong with it.
   */
  private async gatherSealed(work: Work, stage: SegmentStage) {
    for (let nodes = work.nodes; ;) {
      const made = await this.certified(work, stage, await this.gatherByRpc(work, stage, nodes));
      const { fault } = made.certified;
      if (fault === undefined) return made;
      const { sourceNode, wasStaged } = made;
      this.ports.log.warn('The seals of a file are not in order.', {
        environment: work.environment.environmentId,
        file: work.planned.file,
        node: sourceNode,
        block: fault.block.toString(),
        code: fault.code,
        found: fault.message,
      });
      if (!wasStaged) nodes = nodes.filter(({ id }) => id !== sourceNode);
      if (nodes.length === 0) return made;
      await stage.discard();
    }
  }

  private async gatherByRpc(job: ExportJob, stage: SegmentStage, nodes: readonly ChainNode[]) {
    const collector = this.collectorFor(job);
    await stage.resume(collector);
    let sourceNode = nodes[0]?.id ?? 'staged';
    const wasStaged = collector.isComplete;
    if (!wasStaged) {
      await stage.append(async (sink) => {
        const { sources } = await gatherSegment(
          {
            ...{ nodes, collector, sink, signal: job.signal, onProgress: this.progressOf(job) },
            // A backlog takes hours: then the validators that agreed help, with a part of their time.
            striped: job.backup.more,
            shareOf: (node) => (node === nodes[0] ? (this.options.monitorShare ?? 1) : VALIDATOR_SHARE),
          },
          this.ports,
        );
        sourceNode = sources.at(-1)?.node ?? sourceNode;
      });
    }
    return { collector, sourceNode, wasStaged };
  }

  /** What the client wrote itself is believed no more than what a node answers: every block is checked. */
  private async takeFromClient(
    job: ExportJob,
    stage: SegmentStage,
    { gather, node }: Readonly<{ gather: Exclude<Gather, 'rpc'>; node: string }>,
  ) {
    const staged = this.collectorFor(job);
    await stage.resume(staged);
    if (staged.isComplete) return { collector: staged, sourceNode: node };
    const file = await this.clientFiles[gather].fileFor(job);
    job.signal.throwIfAborted();
    await stage.take(file);
    const collector = this.collectorFor(job);
    await stage.verify(collector, `${node} (${gather})`, job.signal);
    return { collector, sourceNode: node };
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

  private progressOf({ environment, planned }: ExportJob) {
    let reported = planned.start;
    return ({ next, end, node }: Readonly<{ next: bigint; end: bigint; node: string }>): void => {
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

  private async writeManifest(work: Work, made: MadeSegment): Promise<void> {
    const { environment, planned, managed, nodes, signal } = work;
    const identity = await nodes[0]?.identity({ signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      this.ports.log.warn('The source did not say who it is; the manifest goes without.', { error });
      return undefined;
    });
    const json = manifestToJson(createManifest(manifestInput(work, made, identity)));
    const body = bodyFromBytes(Buffer.from(json));
    await managed.put(manifestKey(environment.environmentId, planned.file), body, 'always', signal);
  }
}
