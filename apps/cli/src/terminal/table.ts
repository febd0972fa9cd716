type Row = readonly (string | number | null | undefined)[];

const GAP = '  ';

const cell = (value: Row[number]): string =>
  value === null || value === undefined || value === '' ? '-' : String(value);

/** Rows under a heading, columns aligned; nothing is cut. */
export const table = (heading: readonly string[], rows: readonly Row[]): string => {
  const cells = [[...heading], ...rows.map((row) => row.map(cell))];
  const widths = heading.map((_name, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
};

/** Names and values, one a line. */
export const fields = (rows: readonly (readonly [name: string, value: Row[number]])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}${GAP}${cell(value)}`).join('\n');
};
