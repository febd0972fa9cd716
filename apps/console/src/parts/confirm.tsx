import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';

type Props = Readonly<{
  /** What the button says, here and in the question. */
  action: string;
  question: string;
  children: ReactNode;
  onConfirm: () => void;
  color?: string;
}>;

/** A button whose effect is hard to undo: it asks first and says what will happen. */
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
      {/* Locking the scroll bar would need an inline style, which the policy of the page forbids. */}
      <Modal
        opened={opened}
        onClose={close}
        title={question}
        lockScroll={false}
        centered
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
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
      </Modal>
    </>
  );
};
