import type { Bucket, Flag, RawReading } from "../api/types";
import { isImpossible } from "../quality/words";

/** One place of a chart's line: a reading, or a bucket's mean with its extremes. */
export interface Point {
  time: number;
  value: number;
  low: number;
  high: number;
  count: number;
  /** What is wrong with it, or with any reading it was made of. */
  flags: readonly Flag[];
}

const SOUND: readonly Flag[] = [];

/** The columns uPlot draws: times, lows, highs, values; null breaks the line. */
export type Columns = [number[], (number | null)[], (number | null)[], (number | null)[]];

export function pointOf(reading: RawReading | Bucket): Point {
  if ("count" in reading) {
    const { time_ms, value, minimum, maximum, count, quality } = reading;
    return { time: time_ms, value, low: minimum, high: maximum, count, flags: quality ?? SOUND };
  }
  return single(reading.time_ms, reading.value, reading.quality ?? SOUND);
}

export function single(time: number, value: number, flags: readonly Flag[]): Point {
  return { time, value, low: value, high: value, count: 1, flags };
}

/** The points with one more reading, condensed like the others (`step` ms, null: not at all), none before `from`. */
export function withReading(points: Point[], reading: Point, step: number | null, from: number): Point[] {
  const place = step === null ? reading.time : Math.floor(reading.time / step) * step;
  let index = points.length;
  while (index > 0 && points[index - 1]!.time > place) index -= 1;
  const before = points[index - 1];
  const fresh = points.slice(firstAfter(points, from), index);
  const added = { ...reading, time: place };
  // Without steps equal times are legal, and each reading stays.
  if (step === null || before?.time !== place) return [...fresh, added, ...points.slice(index)];
  return [...fresh.slice(0, -1), merged(before, added), ...points.slice(index)];
}

function merged(point: Point, { value, flags: more }: Point): Point {
  const flags = more.length === 0 ? point.flags : [...new Set([...point.flags, ...more])];
  // As the gateway does it: figures are made without values that cannot be.
  if (isImpossible(more)) return { ...point, flags };
  const count = point.count + 1;
  return {
    time: point.time,
    value: point.value + (value - point.value) / count,
    low: Math.min(point.low, value),
    high: Math.max(point.high, value),
    count,
    flags,
  };
}

function firstAfter(points: Point[], from: number): number {
  const index = points.findIndex((point) => point.time >= from);
  return index < 0 ? points.length : index;
}

/** The longest pause that still counts as connected: a few times the usual one. */
export function longestPause(points: Point[], step: number | null): number {
  const pauses = points.slice(1).map((point, index) => point.time - points[index]!.time);
  pauses.sort((a, b) => a - b);
  const usual = pauses[Math.floor(pauses.length / 2)] ?? 0;
  return Math.max(3.5 * usual, 2.5 * (step ?? 1000));
}

/** Whether the line is broken before the point at `index`. */
export function breaksBefore(points: Point[], index: number, pause: number): boolean {
  return index > 0 && points[index]!.time - points[index - 1]!.time > pause;
}

/** Whether a point is no part of the line: a single value that cannot be. */
export function isOutside(point: Point, step: number | null): boolean {
  return step === null && isImpossible(point.flags);
}

/** Columns in which a pause that is too long is a hole, not a line across it. */
export function columnsOf(points: Point[], step: number | null): Columns {
  const pause = longestPause(points, step);
  const columns: Columns = [[], [], [], []];
  points.forEach((point, index) => {
    if (breaksBefore(points, index, pause)) push(columns, points[index - 1]!.time + 1, null);
    push(columns, point.time, isOutside(point, step) ? null : point);
  });
  return columns;
}

function push(columns: Columns, time: number, point: Point | null): void {
  columns[0].push(time);
  columns[1].push(point?.low ?? null);
  columns[2].push(point?.high ?? null);
  columns[3].push(point?.value ?? null);
}
