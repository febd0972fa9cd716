import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode, SyntheticEvent } from 'react';
import { Dialog } from './dialog.js';
import type { Draft } from './draft.js';
import { ProblemAlert } from './problem.js';

type Props<Form> = Readonly<{
  opened?: boolean;
  title: string;
  /** What the button says that sends it. */
  action: string;
  draft: Draft<Form>;
  /** The request that sends it. */
  change: Readonly<{
    error: Error | null;
    isPending: boolean;
    mutate: (form: Form, options: Readonly<{ onSuccess: () => void }>) => void;
  }>;
  disabled?: boolean;
  close: () => void;
  children: ReactNode;
}>;

/** A form over the page. It stays, with what was typed, when the service refuses it, else it closes. */
export const FormDialog = <Form,>({
  opened = true,
  title,
  action,
  draft: { form, clear },
  change,
  disabled = false,
  close,
  children,
}: Props<Form>) => {
  const onSubmit = (event: SyntheticEvent): void => {
    event.preventDefault();
    change.mutate(form, {
      onSuccess: () => {
        clear();
        close();
      },
    });
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
