import { Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** A list of facts: what it is above, how it is below. */
export const Facts = ({ children }: Readonly<{ children: ReactNode }>) => (
  <dl className="facts">{children}</dl>
);

export const Fact = ({ name, children }: Readonly<{ name: string; children: ReactNode }>) => (
  <div>
    <Text component="dt" size="xs" c="dimmed">
      {name}
    </Text>
    <Text component="dd" size="sm" fw={600} className="wrap">
      {children}
    </Text>
  </div>
);
