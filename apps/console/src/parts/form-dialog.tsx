import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode, SyntheticEvent } from 'react';
import { Dialog } from './dialog.js';
import { ProblemAlert } from './problem.js';

type Props = Readonly<{
  opened?: boolean;
  title: string;
  /** What the button says that sends it. */
  action: string;
  /** Of the request that sends it. */
  change: Readonly<{ error: Error | null; isPending: boolean }>;
  disabled?: boolean;
  close: () => void;
  submit: () => void;
  children: ReactNode;
}>;

/** A form over the page. It stays, with what was typed, when the service refuses it. */
export const FormDialog = ({
  opened = true,
  title,
  action,
  change,
  disabled = false,
  close,
  submit,
  children,
}: Props) => {
  const onSubmit = (event: SyntheticEvent): void => {
    event.preventDefault();
    submit();
  };
  return (
    <Dialog opened={opened} close={close} title={title}>
      <form onSubmit={onSubmit}>
        <Stack>
          {children}
          {change.error && <ProblemAlert error={change.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending} disabled={disabled}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
};
