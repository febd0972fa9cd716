import { Button, Group, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Dialog } from './dialog.js';

type Props = Readonly<{
  /** The label of the button, here and in the dialog. */
  action: string;
  question: string;
  children: ReactNode;
  onConfirm: () => void;
  color?: string;
}>;

/** A button for an action that is hard to undo: it asks for confirmation first. */
export const Confirm = ({ action, question, children, onConfirm, color = 'red' }: Props) => {
  const [opened, setOpened] = useState(false);
  const close = (): void => {
    setOpened(false);
  };
  return (
    <>
      <Button
        variant="default"
        size="xs"
        onClick={() => {
          setOpened(true);
        }}
      >
        {action}
      </Button>
      <Dialog opened={opened} close={close} title={question}>
        <Stack>
          <Text size="sm">{children}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button
              color={color}
              onClick={() => {
                close();
                onConfirm();
              }}
            >
              {action}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
};
