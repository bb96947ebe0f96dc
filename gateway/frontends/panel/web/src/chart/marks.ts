import type uPlot from "uplot";
import type { Episode, Nature } from "../api/anomalies";
import type { Break } from "../api/home";
import type { Theme } from "./theme";

/** A doubtful value on a chart. */
export interface Mark {
  time: number;
  value: number;
  /** It is no part of the line. */
  isOutside: boolean;
}

const RADIUS = 2.5;

/** Doubtful values as dots; impossible ones as crosses, at the edge when they are far beyond what the chart shows. */
export function drawMarks(plot: uPlot, theme: Theme, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  const [first, last] = [plot.scales["x"]?.min ?? 0, plot.scales["x"]?.max ?? 0];
  ctx.save();
  ctx.lineWidth = 1.5 * scale;
  for (const mark of marks) {
    if (mark.time < first || mark.time > last) continue;
    const edge = 2 * RADIUS * scale;
    const x = plot.valToPos(mark.time, "x", true);
    const y = Math.min(bbox.top + bbox.height - edge, Math.max(bbox.top + edge, plot.valToPos(mark.value, "y", true)));
    ctx.beginPath();
    if (mark.isOutside) cross(ctx, x, y, 1.6 * RADIUS * scale);
    else ctx.arc(x, y, RADIUS * scale, 0, 2 * Math.PI);
    ctx.strokeStyle = mark.isOutside ? theme.bad : theme.warn;
    ctx.fillStyle = theme.warn;
    if (mark.isOutside) ctx.stroke();
    else ctx.fill();
  }
  ctx.restore();
}

/** A dashed line from top to bottom wherever another hardware or device begins. */
export function drawBreaks(plot: uPlot, theme: Theme, breaks: readonly Break[]): void {
  const { ctx, bbox } = plot;
  const [first, last] = [plot.scales["x"]?.min ?? 0, plot.scales["x"]?.max ?? 0];
  ctx.save();
  ctx.strokeStyle = theme.warn;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const { time_ms: time } of breaks) {
    if (time < first || time > last) continue;
    const x = plot.valToPos(time, "x", true);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/** Thinner than this an episode of a minute would not be seen in a month. */
const LEAST_WIDTH = 3;
const TICK = 4;

/** Behind everything a wash from when an episode was opened until it was closed, or now, with a bar on top of it. */
export function drawEpisodes(plot: uPlot, theme: Theme, episodes: readonly Episode[]): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  const [first, last] = [plot.scales["x"]?.min ?? 0, plot.scales["x"]?.max ?? 0];
  ctx.save();
  for (const { opened_ms: opened, closed_ms: closed, nature } of episodes) {
    if (opened > last || (closed ?? last) < first) continue;
    const from = plot.valToPos(Math.max(first, opened), "x", true);
    const to = plot.valToPos(Math.min(last, closed ?? last), "x", true);
    const width = Math.max(LEAST_WIDTH * scale, to - from);
    const left = Math.min(from, bbox.left + bbox.width - width);
    ctx.fillStyle = colourOf(nature, theme);
    ctx.globalAlpha = 0.13;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.globalAlpha = 1;
    ctx.fillRect(left, bbox.top, width, TICK * scale);
  }
  ctx.restore();
}

function colourOf(nature: Nature, theme: Theme): string {
  if (nature === "sensor") return theme.warn;
  return nature === "machine" ? theme.bad : theme.accent;
}

function cross(ctx: CanvasRenderingContext2D, x: number, y: number, arm: number): void {
  ctx.moveTo(x - arm, y - arm);
  ctx.lineTo(x + arm, y + arm);
  ctx.moveTo(x - arm, y + arm);
  ctx.lineTo(x + arm, y - arm);
}
