import { Alert, Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { Finding } from '../api/client.js';
import { When } from './format.js';

export const SEVERITIES = {
  error: { color: 'red', word: 'Error' },
  warning: { color: 'orange', word: 'Warning' },
  info: { color: 'blue', word: 'Note' },
} as const;

/** Findings that follow from no other one that is shown. */
const rootsOf = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ caused_by }) => !findings.some(({ _id }) => _id === caused_by));

const Consequences = ({ findings, of }: Readonly<{ findings: readonly Finding[]; of: string }>) =>
  findings
    .filter(({ caused_by }) => caused_by === of)
    .map(({ _id, message, link }) => (
      <Text key={_id} size="sm" className="wrap">
        Because of this:{' '}
        <Anchor component={Link} href={link} inherit>
          {message}
        </Anchor>
      </Text>
    ));

/** What is wrong in words, the gravest first, each with what to do about it and what follows from it. */
export const Findings = ({ findings, label }: Readonly<{ findings: readonly Finding[]; label: string }>) => (
  <Stack gap="xs" role="group" aria-label={label}>
    {rootsOf(findings).map(({ _id, severity, code, message, cure, since, link }) => (
      <Alert
        key={_id}
        color={SEVERITIES[severity].color}
        variant="light"
        title={`${SEVERITIES[severity].word}: ${message}`}
        classNames={{ title: 'wrap' }}
      >
        <Text size="sm">
          <strong>What to do: </strong>
          {cure}
        </Text>
        <Consequences findings={findings} of={_id} />
        <Text size="xs" className="wrap" mt={4}>
          <span className="mono">{code}</span>
          {since !== null && (
            <>
              {' since '}
              <When at={since} />
            </>
          )}
          {window.location.pathname !== link && (
            <>
              {' · '}
              <Anchor component={Link} href={link} inherit>
                Show
              </Anchor>
            </>
          )}
        </Text>
      </Alert>
    ))}
  </Stack>
);

const SHORT = 3;

/** The findings that follow from no other, as links: what a card has room for. */
export const FindingLines = ({ findings }: Readonly<{ findings: readonly Finding[] }>) => {
  const roots = rootsOf(findings);
  return (
    <Stack gap={4} role="group" aria-label="Findings">
      {roots.slice(0, SHORT).map(({ _id, severity, message, link }) => (
        <Text key={_id} size="sm" className="wrap">
          <Text span inherit fw={600} c={`var(--mantine-color-${SEVERITIES[severity].color}-light-color)`}>
            {SEVERITIES[severity].word}:{' '}
          </Text>
          <Anchor component={Link} href={link} inherit>
            {message}
          </Anchor>
        </Text>
      ))}
      {roots.length > SHORT && <Text size="sm">and {roots.length - SHORT} more</Text>}
    </Stack>
  );
};
