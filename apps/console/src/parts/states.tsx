import { EmptyState, Paper, Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { ProblemAlert } from './problem.js';

/** The room a page takes while its data come, so that nothing jumps when they are there. */
export const PageSkeleton = () => (
  <main className="page" aria-busy="true" aria-label="Loading">
    <Stack>
      <Skeleton height={36} width={240} />
      <Skeleton height={180} />
      <Skeleton height={180} />
    </Stack>
  </main>
);

type LoadedProps<Data> = Readonly<{
  query: Readonly<{
    data: Data | undefined;
    isPending: boolean;
    error: Error | null;
    refetch: () => Promise<unknown>;
  }>;
  /** Height in pixels of what will be shown. */
  height: number;
  children: (data: Data) => ReactNode;
}>;

/** Shows what a query brought; before that its room, and a problem with a way to try again. */
export const Loaded = <Data,>({ query, height, children }: LoadedProps<Data>) => {
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) return <Skeleton height={height} radius="md" aria-busy="true" />;
  return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
};

/** What an empty place is for, and the step that fills it. */
export const Empty = ({
  title,
  children,
  action,
}: Readonly<{ title: string; children: ReactNode; action?: ReactNode }>) => (
  <Paper withBorder radius="md" p="lg">
    <EmptyState title={title} description={children}>
      {action}
    </EmptyState>
  </Paper>
);
