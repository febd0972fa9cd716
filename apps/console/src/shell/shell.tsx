import {
  Alert,
  Anchor,
  Badge,
  Button,
  Group,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { LiveState } from '../api/live.js';
import { useLive } from '../api/use-live.js';
import { useSession } from '../session/session.js';

const LIVE: Readonly<Record<LiveState, Readonly<{ color: string; word: string }>>> = {
  connecting: { color: 'gray', word: 'Connecting' },
  live: { color: 'teal', word: 'Live' },
  broken: { color: 'orange', word: 'Reconnecting' },
};
const ROLES = { operator: 'Operator', member_admin: 'Member admin', member_viewer: 'Viewer' } as const;

const SchemeButton = () => {
  const { setColorScheme } = useMantineColorScheme();
  const next = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  return (
    <Button
      variant="default"
      size="compact-sm"
      onClick={() => {
        setColorScheme(next);
      }}
    >
      {next === 'dark' ? 'Dark mode' : 'Light mode'}
    </Button>
  );
};

/** The frame of every page: the header with the role and the state of the live connection, and the footer. */
export const Shell = ({ children }: Readonly<{ children: ReactNode }>) => {
  const { identity, signOut } = useSession();
  const live = useLive();
  const { color, word } = LIVE[live];
  return (
    <>
      <a href="#content" className="skip">
        Skip to the content
      </a>
      <header className="header">
        <Group justify="space-between" className="page-width" gap="xs">
          <Anchor component={Link} href="/" underline="never" className="brand">
            <img src="/favicon.svg" alt="" width={24} height={24} />
            <Text component="span" fw={700} c="var(--mantine-color-text)">
              Chainkeep
            </Text>
          </Anchor>
          <Group gap="xs">
            <Badge variant="light" color={color} role="status">
              {word}
            </Badge>
            <Badge variant="outline" color="gray" className="role">
              {identity.open ? 'Open demo' : ROLES[identity.role]}
            </Badge>
            <SchemeButton />
            {!identity.open && (
              <Button variant="default" size="compact-sm" onClick={signOut}>
                Sign out
              </Button>
            )}
          </Group>
        </Group>
      </header>
      {live === 'broken' && (
        <Alert color="orange" variant="light" className="page-width" role="status">
          The connection to the service was lost. This page may be out of date; it reconnects automatically.
        </Alert>
      )}
      <div id="content" tabIndex={-1}>
        {children}
      </div>
      <footer className="page-width footer">
        <Text size="xs" c="dimmed">
          Backups contain blocks only: no private payloads, validator keys or node configuration. Version{' '}
          {identity.version}.
        </Text>
      </footer>
    </>
  );
};
