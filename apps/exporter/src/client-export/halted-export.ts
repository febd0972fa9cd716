import { join } from 'node:path';
import type { ChainNode, ExportRequest, HaltedClient } from '#libs/chain';
import type { PlannedSegment } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { monitorOf, openNode, type ServicePorts } from '#libs/services';
import { bytesPerBlock, fitting, freeBytes } from './disk-space.js';
import { ExportedFiles, type ExportFile } from './exported-files.js';
import type { MonitorHalt } from './monitor-halt.js';
import type { ExportJob } from '../segment/export-job.js';

/** A gathering strategy in which the client writes the file itself. */
export abstract class ClientFiles {
  /** Path of the file of the planned segment, as the client wrote it; not verified. */
  abstract fileFor(job: ExportJob): Promise<string>;
}

type Written = Readonly<{ segment: PlannedSegment; place: ExportFile; request: ExportRequest }>;

/** Node and agreed end are looked at before anything is halted. Throws `RANGE_MOVED`. */
export const checkMonitor = async (
  node: ChainNode,
  { environment, planned, signal }: ExportJob,
): Promise<Readonly<{ isBesu: boolean }>> => {
  const { clientVersion } = await node.identity({ signal });
  const { headers } = await node.survey([planned.end], { signal });
  const [end] = headers;
  if (end?.kind !== 'header' || end.header.hash !== planned.endHash) {
    throw new CodedError('RANGE_MOVED', `Node ${node.id} does not have the agreed block ${planned.end}.`, {
      context: { node: node.id, block: planned.end, agreed: planned.endHash },
    });
  }
  // A node without the web3 API does not say what it is.
  const client = clientVersion ?? monitorOf(environment).provider ?? environment.provider;
  return { isBesu: /^besu/i.test(client) };
};

/**
 * `client-export`: the client is halted, its own command writes the files of the run that fit on the disk, it is
 * started, and only then the files are looked at.
 */
export class HaltedExport extends ClientFiles {
  constructor(
    private readonly ports: Pick<
      ServicePorts,
      'controllers' | 'histories' | 'home' | 'log' | 'nodes' | 'streams' | 'vault'
    >,
    private readonly halts: MonitorHalt,
  ) {
    super();
  }

  override async fileFor(job: ExportJob): Promise<string> {
    const { environmentId } = job.environment;
    const files = new ExportedFiles(join(this.ports.home, 'exports', environmentId), environmentId);
    const waiting = await files.find(job.planned);
    if (waiting !== undefined) return waiting;
    await this.exportSome(job, files);
    const path = await files.find(job.planned);
    if (path !== undefined) return path;
    throw new CodedError(
      'EXPORT_FILE_INVALID',
      `The client did not write the file that starts at block ${job.planned.start}.`,
    );
  }

  private async exportSome(job: ExportJob, files: ExportedFiles): Promise<void> {
    const { environment, backup, signal } = job;
    await this.assertAllowed(job);
    const node = await openNode(monitorOf(environment), environment, this.ports);
    const { isBesu } = await checkMonitor(node, job);
    const rest = backup.plan.slice(backup.done);
    await files.keepOnly(rest);
    const segments = await this.whatFits(job, node, rest);
    const run = { environment, runId: backup.run.runId, signal };
    const { client, elsewhere } = await this.halts.during(run, async (halted, within) => {
      const written: Written[] = [];
      for (const [index, segment] of segments.entries()) {
        const place = await files.place(segment);
        const last = isBesu ? segment.end + 1n : segment.end;
        const request = { file: place.path, name: place.name, first: segment.start, last };
        const isWritten = await this.exportOne(halted, request, { within, job, isFirst: index === 0 });
        if (!isWritten) break;
        if (!(await files.finish(segment, place))) written.push({ segment, place, request });
      }
      return { client: halted, elsewhere: written };
    });
    for (const { segment, place, request } of elsewhere) {
      await client.fetch(request, signal);
      await files.finish(segment, place);
    }
  }

  /** False when it failed but earlier files of this halt are whole: those are not given up. */
  private async exportOne(
    client: HaltedClient,
    request: ExportRequest,
    { within, job, isFirst }: Readonly<{ within: AbortSignal; job: ExportJob; isFirst: boolean }>,
  ): Promise<boolean> {
    try {
      await client.export(request, within);
      return true;
    } catch (error) {
      job.signal.throwIfAborted();
      if (isFirst) throw error;
      this.ports.log.warn('An export stopped before its last file.', {
        environment: job.environment.environmentId,
        file: request.name,
        error,
      });
      return false;
    }
  }

  private async assertAllowed({ environment }: ExportJob): Promise<void> {
    const { state } = await this.ports.streams.environments.load(environment.environmentId);
    if (state.status === 'live' && state.monitorResetRequired) {
      throw new CodedError('MONITOR_RESET_REQUIRED', 'The monitor must be reset before it can be halted.');
    }
    const controller = this.ports.controllers.command(monitorOf(environment).controller);
    if (controller.canExport) return;
    throw new CodedError('CONTROLLER_UNKNOWN', `Controller ${controller.name} has no export command.`, {
      context: { controller: controller.name },
    });
  }

  /** Checked before the halt, so that a full disk costs no downtime. Throws `EXPORT_DISK_LOW`. */
  private async whatFits(
    { environment, planned, signal }: ExportJob,
    node: ChainNode,
    rest: readonly PlannedSegment[],
  ): Promise<readonly PlannedSegment[]> {
    const { entries } = await this.ports.histories.read(environment.environmentId);
    const perBlock = await bytesPerBlock(node, planned, entries, signal);
    const free = await freeBytes(join(this.ports.home, 'exports'));
    const { segments, needed } = fitting(rest, { free, perBlock });
    if (segments.length > 0) return segments;
    throw new CodedError(
      'EXPORT_DISK_LOW',
      `The export needs about ${needed} bytes, but only ${free} are free.`,
      {
        context: { needed, free },
      },
    );
  }
}
