import {
  firstEndingFrom,
  stateOf,
  type CoverageFile,
  type CoverageModel,
  type Row,
  type State,
  type View,
} from './coverage-model.js';

export const ROW_HEIGHT = 26;
export const AXIS_HEIGHT = 24;
const BAR = { top: 4, height: 16 } as const;
const SUPERSEDED_BAND = 4;
/** Narrower files are drawn without a line between them. */
const SEPARATED_PX = 5;
/** A gap or failure of one block in a million must still be seen. */
const SMALLEST_TROUBLE_PX = 4;

type Palette = Readonly<Record<State | 'text' | 'line' | 'back' | 'mark', string>>;

export const PALETTES: Readonly<Record<'light' | 'dark', Palette>> = {
  light: {
    verified: '#0b7285',
    delivered: '#37b24d',
    pending: '#ffd43b',
    failed: '#c92a2a',
    superseded: '#9775fa',
    gap: '#e6007e',
    ahead: '#dee2e6',
    text: '#212529',
    line: '#ffffff',
    back: '#ffffff',
    mark: '#000000',
  },
  dark: {
    verified: '#3bc9db',
    delivered: '#51cf66',
    pending: '#f59f00',
    failed: '#ff6b6b',
    superseded: '#b197fc',
    gap: '#ff2da0',
    ahead: '#495057',
    text: '#e9ecef',
    line: '#242424',
    back: '#242424',
    mark: '#ffffff',
  },
};

export type Scene = Readonly<{
  model: CoverageModel;
  view: View;
  scheme: 'light' | 'dark';
  width: number;
  height: number;
  scrollTop: number;
  /** Width of the column of names. */
  names: number;
  selected: Readonly<{ row: number; index: number }> | undefined;
}>;

type Brush = Readonly<{
  context: CanvasRenderingContext2D;
  scene: Scene;
  colors: Palette;
  xOf: (block: number) => number;
  cells: readonly Cell[];
}>;

/** Failed files and gaps carry stripes too: colour alone says nothing to some eyes. */
const stripes = ({ context, colors }: Brush, x: number, y: number, width: number): void => {
  context.save();
  context.beginPath();
  context.rect(x, y, width, BAR.height);
  context.clip();
  context.strokeStyle = colors.line;
  context.lineWidth = 1.5;
  context.beginPath();
  for (let at = x - BAR.height; at < x + width; at += 6) {
    context.moveTo(at, y + BAR.height);
    context.lineTo(at + BAR.height, y);
  }
  context.stroke();
  context.restore();
};

type Bar = { state: State; from: number; to: number };

const fill = (brush: Brush, { state, from, to }: Bar, y: number): void => {
  const { context, colors } = brush;
  context.fillStyle = colors[state];
  context.fillRect(from, y, to - from, BAR.height);
  if (state === 'failed' || state === 'gap') stripes(brush, from, y, to - from);
};

/** Files that share a pixel: their pixels, and the lowest and highest of their ordinals. */
type Cell = { from: number; to: number; low: number; high: number; separated: boolean };

/** The files in the view as cells. They are the same for every row, so 10,000 files are walked once a picture. */
const cellsOf = ({ model: { canonical }, view, names, width }: Scene, xOf: Brush['xOf']): readonly Cell[] => {
  const cells: Cell[] = [];
  for (let at = firstEndingFrom(canonical, view.from); at < canonical.length; at += 1) {
    const file = canonical[at];
    if (file === undefined || file.start_block >= view.to) break;
    const { ordinal } = file;
    const from = Math.max(names, Math.floor(xOf(file.start_block)));
    const to = Math.min(width, Math.max(from + 1, Math.floor(xOf(file.end_block + 1))));
    const last = cells.at(-1);
    if (last && to <= last.to) {
      last.low = Math.min(last.low, ordinal);
      last.high = Math.max(last.high, ordinal);
    } else cells.push({ from, to, low: ordinal, high: ordinal, separated: to - from >= SEPARATED_PX });
  }
  return cells;
};

/** Of files that share a pixel the worst counts: what is missing must not vanish in a small picture. */
const cellState = ({ target }: Row, { high }: Cell): State => {
  if (target === undefined || high <= target.verified_through) return 'verified';
  return high <= target.delivered_through ? 'delivered' : 'pending';
};

const drawFiles = (brush: Brush, row: Row, y: number): void => {
  const { context, colors, cells } = brush;
  let run: Bar | undefined;
  for (const cell of cells) {
    const state = cellState(row, cell);
    if (run?.state === state && run.to >= cell.from) run.to = cell.to;
    else {
      if (run) fill(brush, run, y);
      run = { state, from: cell.from, to: cell.to };
    }
  }
  if (run) fill(brush, run, y);
  context.fillStyle = colors.line;
  for (const { from, separated } of cells) if (separated) context.fillRect(from, y, 1, BAR.height);
};

const drawFailed = (brush: Brush, row: Row, y: number): void => {
  const { scene, xOf } = brush;
  for (const ordinal of row.failed) {
    const file = scene.model.byOrdinal.get(ordinal);
    if (!file || file.end_block < scene.view.from || file.start_block >= scene.view.to) continue;
    const from = Math.max(scene.names, xOf(file.start_block));
    const to = Math.min(scene.width, Math.max(from + SMALLEST_TROUBLE_PX, xOf(file.end_block + 1)));
    fill(brush, { state: 'failed', from, to }, y);
  }
};

const drawSuperseded = ({ context, scene, colors, xOf }: Brush, row: Row, y: number): void => {
  for (const file of scene.model.superseded) {
    if (file.end_block < scene.view.from || file.start_block >= scene.view.to) continue;
    if (stateOf(row, file) !== 'superseded') continue;
    const from = Math.max(scene.names, xOf(file.start_block));
    const to = Math.min(scene.width, Math.max(from + 2, xOf(file.end_block + 1)));
    context.fillStyle = colors.superseded;
    context.fillRect(from, y + BAR.height - SUPERSEDED_BAND, to - from, SUPERSEDED_BAND);
  }
};

const drawParts = (brush: Brush, parts: readonly View[], state: State, y: number): void => {
  const { scene, xOf } = brush;
  for (const { from, to } of parts) {
    if (to <= scene.view.from || from >= scene.view.to) continue;
    const left = Math.max(scene.names, xOf(from));
    const right = Math.min(
      scene.width,
      Math.max(left + (state === 'gap' ? SMALLEST_TROUBLE_PX : 1), xOf(to)),
    );
    if (right > left) fill(brush, { state, from: left, to: right }, y);
  }
};

const shorten = (context: CanvasRenderingContext2D, text: string, width: number): string => {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
};

const drawRow = (brush: Brush, index: number, top: number): void => {
  const { context, scene, colors } = brush;
  const row = scene.model.rows[index];
  if (row === undefined) return;
  const y = top + BAR.top;
  const { model } = scene;
  drawParts(brush, [{ from: model.covered, to: model.end }], 'ahead', y);
  drawFiles(brush, row, y);
  drawSuperseded(brush, row, y);
  drawFailed(brush, row, y);
  drawParts(brush, model.gaps, 'gap', y);
  context.fillStyle = colors.text;
  context.font = `${row.target === undefined ? '600 ' : ''}13px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  context.fillText(shorten(context, row.name, scene.names - 12), 4, y + BAR.height / 2);
};

const drawMark = ({ context, scene, colors, xOf }: Brush, file: CoverageFile, top: number): void => {
  const from = Math.max(scene.names, xOf(file.start_block));
  const to = Math.min(scene.width, Math.max(from + 3, xOf(file.end_block + 1)));
  if (to <= from) return;
  context.strokeStyle = colors.mark;
  context.lineWidth = 2;
  context.strokeRect(from, top + BAR.top - 2, to - from, BAR.height + 4);
};

const drawAxis = ({ context, scene, colors }: Brush): void => {
  const { from, to } = scene.view;
  context.fillStyle = colors.back;
  context.fillRect(0, 0, scene.width, AXIS_HEIGHT);
  context.fillStyle = colors.text;
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  const label = (block: number): string => Math.max(0, Math.round(block)).toLocaleString();
  context.fillText(label(from), scene.names, AXIS_HEIGHT / 2);
  const last = label(to - 1);
  context.fillText(last, scene.width - context.measureText(last).width - 2, AXIS_HEIGHT / 2);
};

/** Draws what is visible of the strip; rows outside of the scrolled part cost nothing. */
export const drawCoverage = (canvas: HTMLCanvasElement, scene: Scene): void => {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const ratio = window.devicePixelRatio;
  canvas.width = Math.round(scene.width * ratio);
  canvas.height = Math.round(scene.height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const colors = PALETTES[scene.scheme];
  const { from, to } = scene.view;
  const perBlock = (scene.width - scene.names) / (to - from);
  const xOf = (block: number): number => scene.names + (block - from) * perBlock;
  const brush: Brush = { context, scene, colors, xOf, cells: cellsOf(scene, xOf) };
  const first = Math.floor(scene.scrollTop / ROW_HEIGHT);
  const last = Math.min(scene.model.rows.length, Math.ceil((scene.scrollTop + scene.height) / ROW_HEIGHT));
  const topOf = (row: number): number => AXIS_HEIGHT + row * ROW_HEIGHT - scene.scrollTop;
  for (let row = first; row < last; row += 1) drawRow(brush, row, topOf(row));
  const { selected, model } = scene;
  const file = selected && model.all[selected.index];
  if (file) drawMark(brush, file, topOf(selected.row));
  drawAxis(brush);
};
