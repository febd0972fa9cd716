import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlannedSegment } from '#libs/domain';

/** A file that a client writes: it never ends in .gz, so that nothing is compressed while the client is halted. */
export type ExportFile = Readonly<{ path: string; name: string }>;

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Files that clients wrote and that wait to be verified, one folder an environment. A file takes its final name only
 * when its command ended well: what a crash leaves half written is never looked at.
 */
export class ExportedFiles {
  constructor(
    private readonly folder: string,
    private readonly environmentId: string,
  ) {}

  /** Where the client shall write; nothing is there afterwards (geth appends to a file that is). */
  async place({ start, end }: PlannedSegment): Promise<ExportFile> {
    await mkdir(this.folder, { recursive: true });
    const name = `${this.environmentId}-${start}-${end}.rlp`;
    const path = join(this.folder, name);
    await rm(path, { force: true });
    return { path, name };
  }

  /** The finished file of a segment, if there is one. */
  async find(segment: PlannedSegment): Promise<string | undefined> {
    const path = this.finished(segment);
    return (await isThere(path)) ? path : undefined;
  }

  /** The command ended well: the file counts. False when there is none (yet). */
  async finish(segment: PlannedSegment, { path }: ExportFile): Promise<boolean> {
    if (!(await isThere(path))) return false;
    await rename(path, this.finished(segment));
    return true;
  }

  /** Removes what no segment of the plan waits for. */
  async keepOnly(segments: readonly PlannedSegment[]): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const wanted = new Set(segments.map((segment) => this.finished(segment)));
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      if (!wanted.has(path)) await rm(path, { force: true, recursive: true });
    }
  }

  private finished({ date, start, end }: PlannedSegment): string {
    return join(this.folder, `${date.replaceAll(':', '')}-${start}-${end}.exported`);
  }
}
