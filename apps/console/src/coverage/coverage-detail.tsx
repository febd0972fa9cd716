import { Paper, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useFile, type EnvironmentPath } from '../api/queries.js';
import { Fact, Facts } from '../parts/fact.js';
import { bytes, dateTime, Hash, number } from '../parts/format.js';
import { stateOf, type CoverageModel, type State } from './coverage-model.js';
import type { Selection } from './use-strip.js';

const WORDS: Readonly<Record<State, string>> = {
  verified: 'verified',
  delivered: 'delivered',
  pending: 'pending',
  failed: 'failed',
  superseded: 'superseded by a reorganization, kept',
  gap: 'missing',
  ahead: 'not backed up yet',
};

const FileFacts = ({ place, ordinal }: Readonly<{ place: EnvironmentPath; ordinal: number }>) => {
  const { data: file } = useFile(place, ordinal);
  if (file?.ordinal !== ordinal) return null;
  return (
    <Facts>
      <Fact name="Size">{bytes(file.bytes)}</Fact>
      <Fact name="Transactions">{number(file.transactions)}</Fact>
      <Fact name="Written">{dateTime(file.exported_at)}</Fact>
      <Fact name="Read from">{file.source_node}</Fact>
      <Fact name="SHA-256">
        <Hash value={file.sha256} />
      </Fact>
      <Fact name="Certificate">{file.certificate.summary}</Fact>
      <Fact name="Run">
        <Link href={`/consortia/${place.c}/environments/${place.e}/runs/${file.run_id}`} className="link">
          {file.run_id.slice(0, 8)}
        </Link>
      </Fact>
    </Facts>
  );
};

type Props = Readonly<{
  model: CoverageModel;
  shown: Selection | undefined;
  /** The selected file, not the hovered one: its details are loaded. */
  asked: Selection | undefined;
  place: EnvironmentPath;
}>;

/** The file under the pointer in words, announced to screen readers. */
export const CoverageDetail = ({ model, shown, asked, place }: Props) => {
  const row = shown && model.rows[shown.row];
  const file = shown && model.all[shown.index];
  const askedFile = asked && model.all[asked.index];
  return (
    <Paper className="detail" p="sm" radius="md" bg="var(--mantine-color-default-hover)">
      <Text size="sm" aria-live="polite" mb="xs" className="wrap">
        {row && file
          ? `${row.name}: blocks ${number(file.start_block)} to ${number(file.end_block)}, ${WORDS[stateOf(row, file)]}. ${file.file}`
          : 'Point at a file, or focus the strip and use the arrow keys, to see its details.'}
      </Text>
      {askedFile && askedFile === file && <FileFacts place={place} ordinal={askedFile.ordinal} />}
    </Paper>
  );
};
