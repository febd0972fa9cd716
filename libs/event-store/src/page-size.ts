const ROWS_FIRST = 64;
const ROWS_MAX = 512;
const BYTES_AIM = 4 * 1024 * 1024;

/** How many rows to ask for next. */
export type PageSize<Row> = Readonly<{ readonly rows: number; learn: (page: readonly Row[]) => void }>;

/** Pages that hold about BYTES_AIM, learnt from the page before: events differ in size a thousandfold. */
export const createPageSize = <Row>(bytesOf: (row: Row) => number): PageSize<Row> => {
  let rows = ROWS_FIRST;
  return {
    get rows() {
      return rows;
    },
    learn: (page) => {
      if (page.length === 0) return;
      const bytes = page.reduce((sum, row) => sum + bytesOf(row), 1);
      rows = Math.max(1, Math.min(ROWS_MAX, Math.floor((BYTES_AIM * page.length) / bytes)));
    },
  };
};
