import { Button, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { ProblemAlert } from '../parts/problem.js';

type Props = Readonly<{ error: Error | undefined; busy: boolean; onKey: (key: string) => void }>;

/** Signing in with an API key. There are no passwords. */
export const SignIn = ({ error, busy, onKey }: Props) => {
  const [key, setKey] = useState('');
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (key.trim() !== '') onKey(key.trim());
  };
  return (
    <main className="sign-in">
      <Paper withBorder p="xl" radius="md" className="sign-in-card">
        <form onSubmit={submit}>
          <Stack>
            <Title order={1} size="h2">
              Sign in to Chainkeep
            </Title>
            <Text c="dimmed">
              Enter an API key. The operator key was printed when the service first started. Members get their
              keys from an operator.
            </Text>
            {error && <ProblemAlert error={error} />}
            <PasswordInput
              label="API key"
              description="Kept only in this browser tab until you close it."
              value={key}
              onChange={({ currentTarget }) => {
                setKey(currentTarget.value);
              }}
              autoComplete="current-password"
              required
              withAsterisk={false}
            />
            <Button type="submit" loading={busy}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </main>
  );
};
