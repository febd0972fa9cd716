import { Button, Group, Stack } from '@mantine/core';
import { useLocation } from 'wouter';
import { api, Problem, unwrap } from '../api/client.js';
import { useChange, type EnvironmentPath } from '../api/queries.js';
import { ProblemAlert } from '../parts/problem.js';
import { useSession } from '../session/session.js';

const HISTORY = 'backup_snapshot.json';

/** Saves text as a file. A plain link cannot be used because the key is sent in a header. */
const save = (text: string, name: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
};

const downloadHistory = async (path: EnvironmentPath): Promise<void> => {
  const answer = await api.GET('/api/v1/consortia/{c}/environments/{e}/backup/history', {
    params: { path },
    parseAs: 'text',
  });
  if (answer.error !== undefined) throw new Problem(answer.response.status, answer.error);
  save(answer.data, HISTORY);
};

/** Actions that are always available for an environment. */
export const Actions = ({ place }: Readonly<{ place: EnvironmentPath }>) => {
  const { mayOperate } = useSession();
  const [, go] = useLocation();
  const run = useChange(() =>
    unwrap(api.POST('/api/v1/consortia/{c}/environments/{e}/backup/runs', { params: { path: place } })),
  );
  const download = useChange(() => downloadHistory(place));
  const error = run.error ?? download.error;
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Button
          variant="default"
          loading={download.isPending}
          onClick={() => {
            download.mutate(undefined);
          }}
        >
          Download history
        </Button>
        {mayOperate && (
          <Button
            loading={run.isPending}
            onClick={() => {
              run.mutate(undefined, {
                onSuccess: ({ _id }) => {
                  go(`/consortia/${place.c}/environments/${place.e}/runs/${_id}`);
                },
              });
            }}
          >
            Back up now
          </Button>
        )}
      </Group>
      {error && <ProblemAlert error={error} />}
    </Stack>
  );
};
