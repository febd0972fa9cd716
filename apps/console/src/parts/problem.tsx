import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { asProblem } from '../api/client.js';

/** An error: what happened, what to do, and the code and correlation ID to quote when asking for help. */
export const ProblemAlert = ({
  error,
  retry,
  title = 'Something went wrong',
}: Readonly<{ error: unknown; retry?: (() => void) | undefined; title?: string }>) => {
  const { message, hint, code, correlationId } = asProblem(error);
  return (
    <Alert color="red" variant="light" title={title} role="alert">
      <Stack gap="xs">
        <Text size="sm">{message}</Text>
        <Text size="sm">
          <strong>What to do: </strong>
          {hint}
        </Text>
        <Group justify="space-between" gap="xs">
          <Text size="xs" className="mono wrap">
            {code}
            {correlationId === undefined ? '' : ` · ${correlationId}`}
          </Text>
          {retry && (
            <Button size="compact-sm" variant="default" onClick={retry}>
              Try again
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
};
