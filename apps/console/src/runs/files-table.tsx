import { Button, Paper, Stack, Table, Title } from '@mantine/core';
import { useState } from 'react';
import type { BackupFile, Run } from '../api/client.js';
import { useFile, type EnvironmentPath } from '../api/queries.js';
import { Fact, Facts } from '../parts/fact.js';
import { bytes, dateTime, Hash, number } from '../parts/format.js';
import { Loaded } from '../parts/states.js';

const LEVELS = {
  proved: 'proved by seals, followed from the genesis',
  stated: 'seals of validators that the nodes state',
  confirmed: 'confirmed by the registered validators',
} as const;

/** How strong the evidence is, and what its seals came to where that is not simply right. */
const evidenceText = ({ level, verdict, stated_by }: NonNullable<BackupFile['evidence']>): string => {
  const by = stated_by === undefined ? '' : ` (${stated_by.nodes.length} of ${stated_by.asked})`;
  const doubt = verdict === 'invalid' || verdict === 'unproven' ? `; seals are ${verdict}` : '';
  return `${LEVELS[level]}${by}${doubt}`;
};

/** What proves a file: its certificate and its digests. */
const Certificate = ({ place, ordinal }: Readonly<{ place: EnvironmentPath; ordinal: number }>) => {
  const file = useFile(place, ordinal);
  return (
    <Paper p="sm" radius="md" bg="var(--mantine-color-default-hover)" mih={150} aria-live="polite">
      <Loaded query={file} height={120}>
        {(loaded) => (
          <Stack gap="xs">
            <Title order={4} size="h6" className="wrap">
              Certificate of {loaded.file}
            </Title>
            <Facts>
              <Fact name="Kind">{loaded.certificate.kind}</Fact>
              <Fact name="Result">{loaded.certificate.summary}</Fact>
              {loaded.evidence && <Fact name="Evidence">{evidenceText(loaded.evidence)}</Fact>}
              <Fact name="Last block">
                <Hash value={loaded.end_block.hash} />
              </Fact>
              <Fact name="Content root">
                <Hash value={loaded.content_root} />
              </Fact>
              <Fact name="SHA-256 of the file">
                <Hash value={loaded.sha256} />
              </Fact>
              <Fact name="Transactions">{number(loaded.transactions)}</Fact>
              <Fact name="Read from">{loaded.source_node}</Fact>
              <Fact name="Written">{dateTime(loaded.exported_at)}</Fact>
            </Facts>
          </Stack>
        )}
      </Loaded>
    </Paper>
  );
};

/** The files of a run, each with its certificate on demand. */
export const FilesTable = ({ run, place }: Readonly<{ run: Run; place: EnvironmentPath }>) => {
  const [opened, setOpened] = useState<number>();
  if (run.files.length === 0) return null;
  return (
    <section aria-labelledby="files">
      <Title order={3} size="h5" id="files" mb="xs">
        Files
      </Title>
      <Stack>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls on a phone */}
        <div className="scroll" role="region" aria-label="Files of this run" tabIndex={0}>
          <Table miw={560}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Blocks</Table.Th>
                <Table.Th>File</Table.Th>
                <Table.Th>Size</Table.Th>
                <Table.Th>Proof</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {run.files.map(({ ordinal, file, start_block, end_block, bytes: size }) => (
                <Table.Tr key={ordinal}>
                  <Table.Td>
                    {number(start_block)} to {number(end_block)}
                  </Table.Td>
                  <Table.Td className="wrap mono">{file}</Table.Td>
                  <Table.Td>{bytes(size)}</Table.Td>
                  <Table.Td>
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-expanded={opened === ordinal}
                      aria-label={`Certificate of ${file}`}
                      onClick={() => {
                        setOpened(opened === ordinal ? undefined : ordinal);
                      }}
                    >
                      Certificate
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
        {opened !== undefined && <Certificate place={place} ordinal={opened} />}
      </Stack>
    </section>
  );
};
