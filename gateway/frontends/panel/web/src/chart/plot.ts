import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Episode } from "../api/anomalies";
import type { Break } from "../api/home";
import { formatNumber, placesOf } from "../format/numbers";
import { formatClock, formatDay } from "../format/time";
import { t } from "../texts";
import { drawBreaks, drawEpisodes, drawMarks, type Mark } from "./marks";
import { readTheme, type Theme } from "./theme";

const DAY_MS = 86_400_000;

export interface PlotSettings {
  unit: string | null;
  simulated: boolean;
  /** Whether the points are buckets with a low and a high. */
  condensed: boolean;
  /** Charts with the same group share their cursor. */
  group: string;
  /** [from, to) in ms, asked at every drawing. */
  timeRange: () => [number, number];
  /** Doubtful values, asked at every drawing. */
  marks: () => readonly Mark[];
  /** Where another hardware or device begins, asked at every drawing. */
  breaks: () => readonly Break[];
  /** What was not as usual, asked at every drawing. */
  episodes: () => readonly Episode[];
  onHover: (index: number | null) => void;
}

/** A plot in `target`, as large as it is. Give it columns with setData. */
export function createPlot(target: HTMLElement, settings: PlotSettings): uPlot {
  const theme = readTheme();
  const options: uPlot.Options = {
    width: target.clientWidth,
    height: target.clientHeight,
    ms: 1,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, sync: { key: settings.group, scales: ["x", null] }, points: { size: 8 } },
    scales: {
      x: { time: true, range: settings.timeRange },
      y: { range: (_plot, low, high) => valueRange(low, high, settings.unit) },
    },
    axes: [timeAxis(theme), valueAxis(theme)],
    // The band is filled when the second of its edges is drawn; the line comes after it.
    series: [{}, hidden(), hidden(), lineOf(theme)],
    bands: settings.condensed ? [{ series: [2, 1], fill: theme.wash }] : [],
    hooks: {
      drawClear: [(plot) => drawEpisodes(plot, theme, settings.episodes())],
      draw: [
        (plot) => drawBreaks(plot, theme, settings.breaks()),
        (plot) => drawMarks(plot, theme, settings.marks()),
        (plot) => settings.simulated && drawWatermark(plot, theme),
      ],
      setCursor: [(plot) => settings.onHover(plot.cursor.idx ?? null)],
    },
  };
  return new uPlot(options, [[], [], [], []], target);
}

function lineOf(theme: Theme): uPlot.Series {
  return {
    stroke: theme.accent,
    width: 1.75,
    points: { show: true, size: 4, fill: theme.accent, filter: alone },
  };
}

function hidden(): uPlot.Series {
  return { width: 0, points: { show: false } };
}

/** Only points without neighbours need a dot; a line shows the others. */
function alone(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const found: number[] = [];
  values.forEach((value, index) => {
    if (value != null && values[index - 1] == null && values[index + 1] == null) found.push(index);
  });
  return found;
}

/** Room around the values, never less than ten of the sensor's last digits, and no negative light. */
function valueRange(low: number | null, high: number | null, unit: string | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const least = 10 ** (1 - placesOf(unit, high));
  const middle = (low + high) / 2;
  const half = Math.max((high - low) * 0.6, least / 2);
  const from = low >= 0 ? Math.max(0, middle - half) : middle - half;
  return [from, Math.max(middle + half, from + least)];
}

function timeAxis(theme: Theme): uPlot.Axis {
  return {
    ...axis(theme),
    size: 24,
    gap: 6,
    space: 64,
    values: (_plot, splits, _axis, _space, step) => splits.map((time) => timeLabel(time, step)),
  };
}

function timeLabel(time: number, step: number): string {
  const isMidnight = new Date(time).getHours() === 0 && new Date(time).getMinutes() === 0;
  if (step >= DAY_MS || (isMidnight && step >= DAY_MS / 24)) return formatDay(time);
  return formatClock(time, step < 60_000);
}

function valueAxis(theme: Theme): uPlot.Axis {
  return {
    ...axis(theme),
    size: (plot, labels) => widthOf(plot, labels ?? []),
    gap: 8,
    space: 36,
    values: (_plot, splits, _axis, _space, step) => {
      const places = placesOfStep(step);
      return splits.map((value) => formatNumber(value, null, places));
    },
  };
}

/** Digits that tell one tick from the next: 2.5 needs one. */
function placesOfStep(step: number): number {
  return [0, 1, 2, 3, 4, 5].find((places) => Math.abs(Number(step.toFixed(places)) - step) < step / 1000) ?? 6;
}

/** As wide as the longest label needs, and alike among charts below each other when that is not much. */
function widthOf(plot: uPlot, labels: string[]): number {
  plot.ctx.save();
  plot.ctx.font = plot.axes[1]?.font?.[0] ?? plot.ctx.font;
  const widths = labels.map((label) => plot.ctx.measureText(label).width / uPlot.pxRatio);
  plot.ctx.restore();
  return Math.max(52, Math.ceil(Math.max(...widths, 0)) + 14);
}

function axis(theme: Theme): uPlot.Axis {
  return {
    stroke: theme.soft,
    font: theme.font,
    grid: { stroke: theme.line, width: 1 },
    ticks: { show: false },
  };
}

function drawWatermark(plot: uPlot, theme: Theme): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.globalAlpha = 0.16;
  ctx.fillStyle = theme.simulated;
  ctx.font = `700 ${Math.round(bbox.width / 11)}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(t.simulated, bbox.left + bbox.width / 2, bbox.top + bbox.height / 2);
  ctx.restore();
}
