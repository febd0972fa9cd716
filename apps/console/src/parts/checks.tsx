import { Badge, Group, Stack, Text } from '@mantine/core';
import type { Check } from '../api/client.js';

const SHOWN = {
  ok: { color: 'teal', word: 'OK' },
  warn: { color: 'orange', word: 'Warning' },
  fail: { color: 'red', word: 'Failed' },
} as const;

/** The results of a check, each with what to do about it. */
export const Checks = ({ checks, label }: Readonly<{ checks: readonly Check[]; label: string }>) => (
  <ul className="plain" aria-label={label}>
    {checks.map(({ check, result, message, cure }) => (
      <li key={check}>
        <Group gap="xs" align="flex-start" wrap="nowrap">
          <Badge variant="light" color={SHOWN[result].color} className="fixed" w={80} tt="none">
            {SHOWN[result].word}
          </Badge>
          <Stack gap={0} className="wrap">
            <Text size="sm">
              <strong>{check}: </strong>
              {message}
            </Text>
            {cure !== undefined && <Text size="sm">What to do: {cure}</Text>}
          </Stack>
        </Group>
      </li>
    ))}
  </ul>
);
