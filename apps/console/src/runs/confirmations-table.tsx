import { Badge, Table } from '@mantine/core';
import type { NodeResource, Run } from '../api/client.js';
import { Hash, number } from '../parts/format.js';

type Confirmation = Run['confirmations'][number];

const OUTCOMES: Readonly<Record<Confirmation['outcome'], Readonly<{ color: string; word: string }>>> = {
  agrees: { color: 'teal', word: 'Confirms' },
  differs: { color: 'red', word: 'Different block' },
  behind: { color: 'orange', word: 'Behind' },
  missing: { color: 'orange', word: 'Block missing' },
  unreachable: { color: 'red', word: 'No answer' },
  foreign: { color: 'red', word: 'Wrong chain' },
  excused: { color: 'gray', word: 'Excused' },
  duplicate: { color: 'orange', word: 'Duplicate node' },
};

/** What each validator answered, and from which block a validator is on another fork. */
export const ConfirmationsTable = ({
  run,
  nodes,
}: Readonly<{ run: Run; nodes: readonly NodeResource[] }>) => {
  const nameOf = (id: string): string => nodes.find(({ _id }) => _id === id)?.name ?? id;
  const departures = new Map(run.departures.map((departure) => [departure.node_id, departure]));
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls on a phone
    <div className="scroll" role="region" aria-label="Confirmations by validator" tabIndex={0}>
      <Table miw={520}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Validator</Table.Th>
            <Table.Th>Answer</Table.Th>
            <Table.Th>Block hash</Table.Th>
            <Table.Th>Head</Table.Th>
            <Table.Th>Fork</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {run.confirmations.map(({ node_id, outcome, hash, head, detail }) => {
            const departure = departures.get(node_id);
            return (
              <Table.Tr key={node_id}>
                <Table.Td className="whole">{nameOf(node_id)}</Table.Td>
                <Table.Td>
                  <Badge
                    variant="light"
                    color={OUTCOMES[outcome].color}
                    tt="none"
                    className="fixed"
                    title={detail}
                  >
                    {OUTCOMES[outcome].word}
                  </Badge>
                </Table.Td>
                <Table.Td>{hash === undefined ? '–' : <Hash value={hash} />}</Table.Td>
                <Table.Td>{head === undefined ? '–' : number(head)}</Table.Td>
                <Table.Td>
                  {departure ? (
                    <>
                      from block {number(departure.height)}: <Hash value={departure.hash} /> instead of{' '}
                      <Hash value={departure.expected} />
                    </>
                  ) : (
                    'none'
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
};
