import { Button, Group, Stack, Text, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type PointerEvent } from 'react';
import type { Coverage } from '../api/client.js';
import type { EnvironmentPath } from '../api/queries.js';
import { AXIS_HEIGHT, drawCoverage, PALETTES, ROW_HEIGHT } from './coverage-canvas.js';
import { toModel, type State } from './coverage-model.js';
import { CoverageDetail } from './coverage-detail.js';
import { hit, useStrip } from './use-strip.js';

const HEIGHT_MAX = 420;
const NARROW = 560;
const NAMES = { narrow: 84, wide: 150 } as const;
const LEGEND: readonly (readonly [State, string])[] = [
  ['verified', 'Verified'],
  ['delivered', 'Delivered'],
  ['pending', 'Pending'],
  ['failed', 'Failed'],
  ['superseded', 'Superseded'],
  ['gap', 'Gap'],
  ['ahead', 'Not backed up yet'],
];

const Legend = ({ scheme }: Readonly<{ scheme: 'light' | 'dark' }>) => (
  <div className="legend">
    {LEGEND.map(([state, word]) => (
      <span key={state}>
        <svg width="14" height="14" aria-hidden="true">
          <rect width="14" height="14" rx="2" fill={PALETTES[scheme][state]} />
        </svg>
        {word}
      </span>
    ))}
  </div>
);

const Toolbar = ({ strip }: Readonly<{ strip: ReturnType<typeof useStrip> }>) => {
  const actions: readonly (readonly [string, () => void])[] = [
    [
      'Zoom in',
      () => {
        strip.zoom(0.5);
      },
    ],
    [
      'Zoom out',
      () => {
        strip.zoom(2);
      },
    ],
    [
      'Earlier',
      () => {
        strip.pan(-0.5);
      },
    ],
    [
      'Later',
      () => {
        strip.pan(0.5);
      },
    ],
    ['Whole chain', strip.fit],
  ];
  return (
    <Group gap="xs">
      {actions.map(([label, onClick]) => (
        <Button key={label} size="compact-sm" variant="default" onClick={onClick}>
          {label}
        </Button>
      ))}
    </Group>
  );
};

type Props = Readonly<{ coverage: Coverage; head: number | null; place: EnvironmentPath }>;

/** The chain as a strip, one row for the managed bucket and one for each target. */
export const CoverageStrip = ({ coverage, head, place }: Props) => {
  const model = useMemo(() => toModel(coverage, head), [coverage, head]);
  const strip = useStrip(model);
  const scheme = useComputedColorScheme('light');
  const canvas = useRef<HTMLCanvasElement>(null);
  const { ref, width } = useElementSize<HTMLDivElement>();
  const viewport = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const [hovered, setHovered] = useState<ReturnType<typeof hit>>();
  const drag = useRef<number>(undefined);
  const names = width < NARROW ? NAMES.narrow : NAMES.wide;
  const total = AXIS_HEIGHT + model.rows.length * ROW_HEIGHT + 4;
  const height = Math.min(HEIGHT_MAX, total);
  const { view, selected } = strip;
  const shown = hovered ?? selected;

  useLayoutEffect(() => {
    if (canvas.current === null || width === 0) return;
    drawCoverage(canvas.current, { model, view, scheme, width, height, scrollTop, names, selected: shown });
  }, [model, view, scheme, width, height, scrollTop, names, shown]);

  // The row that the arrow keys chose is scrolled into the picture.
  useEffect(() => {
    const box = viewport.current;
    if (box === null || selected === undefined) return;
    const top = selected.row * ROW_HEIGHT;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW_HEIGHT + AXIS_HEIGHT > box.scrollTop + height) {
      box.scrollTop = top + ROW_HEIGHT + AXIS_HEIGHT - height;
    }
  }, [selected, height]);

  const pointOf = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, width, names, scrollTop };
  };
  const onMove = (event: PointerEvent): void => {
    if (drag.current !== undefined && event.buttons === 1) {
      strip.pan((drag.current - event.clientX) / Math.max(1, width - names));
      drag.current = event.clientX;
      return;
    }
    setHovered(hit(model, view, pointOf(event)));
  };
  return (
    <Stack gap="sm">
      <Toolbar strip={strip} />
      <div ref={ref}>
        {/* role="application": the strip handles keys and the pointer itself. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <div
          ref={viewport}
          className="strip-view"
          role="application"
          // It is operated by keys: arrows choose a file or row, plus and minus zoom.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          aria-label={`Coverage of the chain: ${model.all.length} files, ${model.rows.length} rows. Arrow keys choose a file, plus and minus zoom.`}
          onKeyDown={strip.onKeyDown}
          onScroll={({ currentTarget }) => {
            setScrollTop(currentTarget.scrollTop);
          }}
        >
          <div style={{ height: total }}>
            <canvas
              ref={canvas}
              className="strip-canvas"
              style={{ height }}
              onPointerMove={onMove}
              onPointerLeave={() => {
                setHovered(undefined);
              }}
              onPointerDown={(event) => {
                drag.current = event.clientX;
                strip.select(hit(model, view, pointOf(event)));
              }}
              onPointerUp={() => {
                drag.current = undefined;
              }}
            />
          </div>
        </div>
      </div>
      <Legend scheme={scheme} />
      {model.gaps.length > 0 && (
        <Text size="sm" c="red.9" fw={600} role="alert">
          {model.gaps.length === 1 ? 'There is a gap' : `There are ${model.gaps.length} gaps`} in the chain:
          these blocks are not in any file. The next successful run backs them up. See Runs for what failed.
        </Text>
      )}
      <CoverageDetail model={model} shown={shown} asked={selected} place={place} />
    </Stack>
  );
};
