import { createHistoryDocument, type HistoryDocument } from '#libs/archive';
import { decodeEvent } from '#libs/contracts';
import { emptyHistory, evolveHistory, type BackupEvent, type History } from '#libs/domain';
import { toEpochMs, toInstant, type Instant } from '#libs/kernel';
import { evidenceDocument } from '#libs/projections';
import { visibleTargets } from '../configurations/visible-targets.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import type { EnvironmentPath } from '../resources.js';

export type HistoryQuery = Readonly<{ extended: boolean; as_of?: string | undefined }>;
export type HistoryDownload = Readonly<{ document: HistoryDocument; revision: bigint }>;

/** The history document, from the events themselves. */
export class HistoryHandler {
  constructor(
    private readonly kit: Pick<Kit, 'commands' | 'histories' | 'reads' | 'resources' | 'store' | 'streams'>,
  ) {}

  async get(path: EnvironmentPath, query: HistoryQuery, caller: Caller): Promise<HistoryDownload> {
    const { histories, resources } = this.kit;
    const { state: environment } = await resources.environment(caller, path);
    const history =
      query.as_of === undefined
        ? await histories.read(path.e)
        : await this.asOf(path.e, toInstant(toEpochMs(query.as_of)));
    const document = createHistoryDocument(
      history.entries,
      environment.provider,
      history.latestBackup ?? null,
    );
    const extended = query.extended ? await this.extend(document, history, path, caller) : document;
    return { document: extended, revision: history.revision };
  }

  /** As the document was at an instant: what was superseded later is canonical in it. */
  private async asOf(environmentId: string, at: Instant): Promise<History> {
    let history = emptyHistory();
    for await (const stored of this.kit.store.readStream(`backup-${environmentId}`)) {
      if (stored.metadata.at > at) break;
      const event = decodeEvent(stored.type, stored.data, stored.metadata.schemaVersion) as BackupEvent;
      history = evolveHistory(history, event, stored.revision);
    }
    return history;
  }

  private async extend(
    document: HistoryDocument,
    history: History,
    { e }: EnvironmentPath,
    caller: Caller,
  ): Promise<HistoryDocument> {
    const byFile = new Map(history.entries.map((entry) => [entry.file, entry]));
    const targets = await visibleTargets(this.kit, e, caller);
    const entries = document.history.map((entry) => {
      const record = byFile.get(entry.file);
      if (record === undefined) return entry;
      const { sha256, bytes, certificate, contentRoot, sourceNode, transactions, runId, ordinal } = record;
      const evidence = record.evidence && { evidence: evidenceDocument(record.evidence) };
      return {
        ...entry,
        ordinal,
        sha256,
        bytes,
        content_root: contentRoot,
        transactions,
        source_node: sourceNode,
        certificate,
        ...evidence,
        run_id: runId,
        targets: targets
          .filter(({ deliveredThrough }) => deliveredThrough >= ordinal)
          .map(({ targetId }) => targetId),
      };
    });
    return { ...document, history: entries };
  }
}
