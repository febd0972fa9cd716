import { useMemo, useState, type KeyboardEvent } from 'react';
import { AXIS_HEIGHT, ROW_HEIGHT } from './coverage-canvas.js';
import { indexAt, moved, showing, zoomed, type CoverageModel, type View } from './coverage-model.js';

export type Selection = Readonly<{ row: number; index: number }>;

const ZOOM = 0.5;
const STEP = 0.25;

const clamp = (value: number, max: number): number => Math.max(0, Math.min(max, value));

export type Strip = Readonly<{
  view: View;
  selected: Selection | undefined;
  zoom: (factor: number, around?: number) => void;
  pan: (share: number) => void;
  fit: () => void;
  select: (selection: Selection | undefined) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}>;

/** What the strip shows and which file is chosen, by buttons, pointer and keys. */
export const useStrip = (model: CoverageModel): Strip => {
  const [chosen, setChosen] = useState<View>();
  const [selected, setSelected] = useState<Selection>();
  const view = useMemo(() => chosen ?? { from: 0, to: model.end }, [chosen, model.end]);

  const zoom = (factor: number, around = (view.from + view.to) / 2): void => {
    setChosen(zoomed(view, factor, around, model.end));
  };
  const pan = (share: number): void => {
    setChosen(moved(view, share * (view.to - view.from), model.end));
  };
  const fit = (): void => {
    setChosen(undefined);
  };
  const go = (row: number, index: number): void => {
    const next = { row: clamp(row, model.rows.length - 1), index: clamp(index, model.all.length - 1) };
    const file = model.all[next.index];
    setSelected(next);
    if (file && chosen) setChosen(showing(view, file, model.end));
  };
  const { row, index } = selected ?? { row: 0, index: -1 };
  const focus = (): number => {
    const file = selected && model.all[selected.index];
    return file ? (file.start_block + file.end_block + 1) / 2 : (view.from + view.to) / 2;
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowRight: () => {
      go(row, index + 1);
    },
    ArrowLeft: () => {
      go(row, index - 1);
    },
    ArrowDown: () => {
      go(selected ? row + 1 : 0, Math.max(0, index));
    },
    ArrowUp: () => {
      go(row - 1, Math.max(0, index));
    },
    Home: () => {
      go(row, 0);
    },
    End: () => {
      go(row, model.all.length - 1);
    },
    '+': () => {
      zoom(ZOOM, focus());
    },
    '=': () => {
      zoom(ZOOM, focus());
    },
    '-': () => {
      zoom(1 / ZOOM, focus());
    },
    '0': fit,
    PageUp: () => {
      pan(-STEP);
    },
    PageDown: () => {
      pan(STEP);
    },
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  return { view, selected, zoom, pan, fit, select: setSelected, onKeyDown };
};

/** The file under a point of the canvas. */
export const hit = (
  model: CoverageModel,
  view: View,
  point: Readonly<{ x: number; y: number; width: number; names: number; scrollTop: number }>,
): Selection | undefined => {
  const { x, y, width, names, scrollTop } = point;
  const row = Math.floor((y - AXIS_HEIGHT + scrollTop) / ROW_HEIGHT);
  if (x < names || y < AXIS_HEIGHT || row < 0 || row >= model.rows.length) return undefined;
  const block = Math.floor(view.from + ((x - names) / (width - names)) * (view.to - view.from));
  const index = indexAt(model, block);
  return index === undefined ? undefined : { row, index };
};
