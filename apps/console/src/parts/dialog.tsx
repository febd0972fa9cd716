import { Group, Modal } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';

type Props = Readonly<{ opened: boolean; title: string; close: () => void; children: ReactNode }>;

/**
 * A dialog over the page. Locking the page's scroll bar would need an inline style, which the policy of the page
 * forbids; and its heading is no second banner of the page.
 */
export const Dialog = ({ opened, title, close, children }: Props) => {
  const [origin] = useState(() => document.activeElement);
  const isOpen = useRef(opened);
  useEffect(() => {
    isOpen.current = opened;
  }, [opened]);
  // Taken away while open, it gives the focus back to where it was called from.
  useEffect(
    () => () => {
      if (isOpen.current && origin instanceof HTMLElement) origin.focus();
    },
    [origin],
  );
  return (
    <Modal.Root opened={opened} onClose={close} lockScroll={false}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body>
          <Group justify="space-between" wrap="nowrap" align="flex-start" mb="md">
            <Modal.Title fz="lg" fw={600} className="wrap">
              {title}
            </Modal.Title>
            <Modal.CloseButton aria-label="Close" />
          </Group>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
};
