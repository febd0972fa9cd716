import { join } from 'node:path';
import { createManifest, manifestKey, manifestToJson, segmentKey } from '#libs/archive';
import type { ChainNode } from '#libs/chain';
import type { SegmentRecord } from '#libs/domain';
import { hasCode } from '#libs/kernel';
import { bodyFromBytes, bodyFromFile, type ObjectStore } from '#libs/object-store';
import {
  claimPlace,
  holdsFileOf,
  MANAGED,
  managedBucketOf,
  openNode,
  plainBytesOf,
  StoredBlocks,
  type CopyParts,
  type ServicePorts,
} from '#libs/services';
import { Certifier } from '../certificate/certifier.js';
import type { ExportJob, ExportWork } from './export-job.js';
import { onManaged, putReadBack } from './managed-writes.js';
import type { MonitorHalt } from '../client-export/monitor-halt.js';
import { ProgressNotes } from './progress-notes.js';
import { manifestInput, recordOf, type MadeSegment } from './segment-record.js';
import { ReplacementCheck } from './replacement-refusal.js';
import { isRefused, SealedGathering } from './sealed-gathering.js';
import { collectorFor, SegmentSource, type SourcePorts } from './segment-source.js';
import { SegmentStage } from './segment-stage.js';
import { readStoredSegment } from './stored-segment.js';
import { WatchedObjectStore } from './watched.object-store.js';

type Identity = Awaited<ReturnType<ChainNode['identity']>>;

/** Work of which it is known who answers, and where the managed bucket is. */
type Work = ExportWork & Readonly<{ identity: Identity | undefined }>;
type ManagedWork = Work & Readonly<{ managed: ObjectStore }>;

export type ExportOptions = Readonly<{
  /** How often progress of a file is recorded in the stream; several times within the stall time-out. */
  noteEveryMs: number;
  /** Part of the monitor's time that gathering by RPC may take, in (0, 1]. */
  monitorShare: number;
}>;

/** Makes one planned segment durable in the managed bucket, manifest beside it, and says what was made. */
export class SegmentExporter {
  private readonly certifier: Certifier;
  private readonly source: SegmentSource;
  private readonly gathering: SealedGathering;
  private readonly replacements: ReplacementCheck;

  constructor(
    private readonly ports: SourcePorts & CopyParts & Pick<ServicePorts, 'installation' | 'staging'>,
    halts: MonitorHalt,
    private readonly options: ExportOptions,
  ) {
    this.certifier = new Certifier(ports);
    this.source = new SegmentSource(ports, halts, options);
    this.gathering = new SealedGathering(ports, this.source, this.certifier);
    this.replacements = new ReplacementCheck(new StoredBlocks(ports), ports);
  }

  async export(job: ExportJob): Promise<SegmentRecord> {
    const notes = new ProgressNotes(this.ports, job, this.options.noteEveryMs);
    try {
      return await this.make({ ...job, notes });
    } catch (error) {
      if (hasCode(error, 'MANAGED_UNAVAILABLE')) notes.waits();
      throw error;
    } finally {
      await notes.settled();
    }
  }

  private async make(job: ExportJob & Pick<ExportWork, 'notes'>): Promise<SegmentRecord> {
    const key = segmentKey(job.environment.environmentId, job.planned.file);
    const nodes = await this.sourcesOf(job);
    const work = { ...job, key, nodes, identity: await this.identityOf(nodes[0], job.signal) };
    const managed = await onManaged(() => this.claimed(work)).catch(async (error: unknown) => {
      job.signal.throwIfAborted();
      // While the bucket is down the blocks are gathered all the same; one staged segment is all that piles up.
      if (hasCode(error, 'MANAGED_UNAVAILABLE')) await this.source.fill(work, this.stageOf(work), nodes);
      throw error;
    });
    const placed = { ...work, managed };
    const made = (await onManaged(() => this.adopt(placed))) ?? (await this.store(placed));
    job.signal.throwIfAborted();
    const manifestSha256 = await onManaged(() => this.writeManifest(placed, made));
    return recordOf(job, made, { key, manifestSha256 });
  }

  /** The managed bucket, made sure to be ours. */
  private async claimed({ environment, backup, notes, identity, signal }: Work): Promise<ObjectStore> {
    const managed = new WatchedObjectStore(await managedBucketOf(environment, this.ports), () => {
      notes.gotOn();
    });
    const owner = {
      environmentId: environment.environmentId,
      installation: this.ports.installation,
      genesisHash: backup.genesisHash ?? 'unknown',
      ...(identity === undefined ? {} : { chainId: identity.chainId }),
      epoch: environment.managedEpoch ?? 1,
      holder: MANAGED,
      holdsOurs: (store: ObjectStore) => holdsFileOf(this.ports, environment.environmentId, store),
    };
    await claimPlace(managed, owner, signal);
    return managed;
  }

  private async identityOf(node: ChainNode | undefined, signal: AbortSignal): Promise<Identity | undefined> {
    return node?.identity({ signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      this.ports.log.warn('The source node did not report its client; the manifest omits it.', { error });
      return undefined;
    });
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
    return Promise.all(wanted.map((node) => openNode(node, environment, this.ports)));
  }

  private stageOf({ environment, planned }: ExportJob): SegmentStage {
    return new SegmentStage(join(this.ports.staging, environment.environmentId), planned.file);
  }

  /**
   * An object that a crash left under the key before its event: taken over when it is exactly the planned segment and
   * its seals are in order (on BFT chains it may carry others than the nodes have now).
   */
  private async adopt(work: ManagedWork): Promise<MadeSegment | undefined> {
    const { managed, key, signal } = work;
    if ((await managed.head(key)) === undefined) return undefined;
    const collector = collectorFor(work);
    const gzip = key.endsWith('.gz');
    const stored = await readStoredSegment(managed, key, collector, { gzip, signal });
    if (stored === undefined) return undefined;
    const blocks = () => plainBytesOf(managed.get(key, signal), gzip);
    const certified = await this.certifier.certify({ ...work, summary: collector.summary(), blocks });
    if (isRefused(certified)) return undefined;
    await this.replacements.refuse({ ...work, blocks, certified });
    return { collector, stored, sourceNodes: [], certified };
  }

  private async store(work: ManagedWork): Promise<MadeSegment> {
    const { managed, key, signal } = work;
    const stage = this.stageOf(work);
    const { collector, sourceNodes, certified } = await this.gathering.fill(work, stage);
    await this.replacements.refuse({ ...work, blocks: () => stage.bytes(), certified });
    const content = await stage.digest();
    const file = key.endsWith('.gz') ? await stage.compress() : content;
    const body = { ...(await bodyFromFile(file.path, file.sha256)), retain: true };
    await onManaged(() => putReadBack(managed, key, body, signal));
    await stage.discard();
    const stored = { bytes: file.bytes, sha256: file.sha256, contentSha256: content.sha256 };
    return { collector, sourceNodes, certified, stored };
  }

  private async writeManifest(work: ManagedWork, made: MadeSegment): Promise<string> {
    const { environment, planned, managed, identity, signal } = work;
    const json = manifestToJson(createManifest(manifestInput(work, made, identity)));
    const body = bodyFromBytes(Buffer.from(json));
    await managed.put(manifestKey(environment.environmentId, planned.file), body, 'always', signal);
    return body.sha256;
  }
}
