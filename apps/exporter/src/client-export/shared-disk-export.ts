import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ChainNode } from '#libs/chain';
import { CodedError, hasCode } from '#libs/kernel';
import { monitorOf, openNode, type ServicePorts } from '#libs/services';
import { checkMonitor, ClientFiles } from './halted-export.js';
import { bytesPerBlock, fitting, freeBytes } from './disk-space.js';
import { ExportedFiles } from './exported-files.js';
import type { ExportJob } from '../segment/export-job.js';

const EXPORT_MS = 30 * 60_000;
const POLL_MS = 2_000;

/**
 * `admin-export`: the running node writes the file by `admin_exportChain` to a folder that it shares with this server
 * under another path. Nothing is halted. The node refuses a file that exists, so it is removed first.
 */
export class SharedDiskExport extends ClientFiles {
  constructor(
    private readonly ports: Pick<ServicePorts, 'clock' | 'controllers' | 'histories' | 'nodes' | 'vault'>,
  ) {
    super();
  }

  override async fileFor(job: ExportJob): Promise<string> {
    const { environment, planned, signal } = job;
    const monitor = monitorOf(environment);
    const disk = this.ports.controllers.sharedDisk(monitor.controller);
    const files = new ExportedFiles(join(disk.path, environment.environmentId), environment.environmentId);
    const waiting = await files.find(planned);
    if (waiting !== undefined) return waiting;
    const node = await openNode(monitor, environment, this.ports);
    await checkMonitor(node, job);
    await this.assertSpace(job, node, disk.path);
    await files.keepOnly([planned]);
    const place = await files.place(planned);
    const nodeFile = posix.join(disk.nodePath, environment.environmentId, place.name);
    await this.write(node, { nodeFile, file: place.path }, job);
    signal.throwIfAborted();
    if (!(await files.finish(planned, place))) {
      throw new CodedError(
        'EXPORT_FILE_INVALID',
        `Node ${node.id} reported that it wrote ${nodeFile}, but ${place.path} does not exist.`,
        {
          context: { path: place.path, nodePath: nodeFile },
        },
      );
    }
    return (await files.find(planned)) ?? place.path;
  }

  /** geth's HTTP server closes a request after 30 s and goes on writing: then the file's growth is watched. */
  private async write(
    node: ChainNode,
    { nodeFile, file }: Readonly<{ nodeFile: string; file: string }>,
    { planned, signal }: ExportJob,
  ): Promise<void> {
    try {
      await node.exportChain(nodeFile, planned, { timeoutMs: EXPORT_MS, signal });
    } catch (error) {
      const isCutOff = ['NODE_UNREACHABLE', 'NODE_TIMEOUT', 'NODE_ANSWER_INVALID'].some((code) =>
        hasCode(error, code as 'NODE_TIMEOUT'),
      );
      if (!isCutOff || (await sizeOf(file)) === 0) throw error;
      await this.untilStill(file, signal);
    }
  }

  private async untilStill(file: string, signal: AbortSignal): Promise<void> {
    const end = this.ports.clock.monotonicMs() + EXPORT_MS;
    for (let before = -1; ;) {
      const size = await sizeOf(file);
      if (size === before || this.ports.clock.monotonicMs() > end) return;
      before = size;
      await this.ports.clock.sleep(POLL_MS, signal);
    }
  }

  private async assertSpace({ environment, planned, signal }: ExportJob, node: ChainNode, folder: string) {
    const { entries } = await this.ports.histories.read(environment.environmentId);
    const perBlock = await bytesPerBlock(node, planned, entries, signal);
    const free = await freeBytes(folder);
    const { segments, needed } = fitting([planned], { free, perBlock });
    if (segments.length > 0) return;
    throw new CodedError(
      'EXPORT_DISK_LOW',
      `The export needs about ${needed} bytes, but only ${free} are free.`,
      {
        context: { needed, free },
      },
    );
  }
}

const sizeOf = async (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );
