import { useEffect, useRef } from "react";
import type uPlot from "uplot";
import type { Episode } from "../api/anomalies";
import type { Break } from "../api/home";
import { serverNow, useNow } from "../clock";
import { createPlot } from "./plot";
import type { Mark } from "./marks";
import { columnsOf, isOutside, type Columns, type Point } from "./points";
import { useDark } from "./theme";

interface Settings {
  points: Point[];
  breaks: readonly Break[];
  episodes: readonly Episode[];
  unit: string | null;
  simulated: boolean;
  span: number;
  step: number | null;
  group: string;
  onHover: (point: Point | null) => void;
}

/** Keeps a plot in the element the returned ref is on: its size, colours, values and the moving present. */
export function usePlot(settings: Settings) {
  const { points, breaks, episodes, unit, simulated, span, step, group } = settings;
  const target = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const columns = useRef<Columns>([[], [], [], []]);
  const marks = useRef<Mark[]>([]);
  const newest = useRef(settings);
  newest.current = settings;
  const now = useNow(5000);
  const dark = useDark();

  useEffect(() => {
    const element = target.current!;
    const created = createPlot(element, {
      unit,
      simulated,
      condensed: step !== null,
      group,
      timeRange: () => [serverNow() - span, serverNow()],
      marks: () => marks.current,
      breaks: () => newest.current.breaks,
      episodes: () => newest.current.episodes,
      onHover: (index) => newest.current.onHover(pointAt(columns.current, newest.current.points, index)),
    });
    plot.current = created;
    created.setData(columns.current);
    const resized = new ResizeObserver(() =>
      created.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      created.destroy();
      plot.current = null;
    };
  }, [unit, simulated, span, step, group, dark]);

  useEffect(() => {
    columns.current = columnsOf(points, step);
    marks.current = marksOf(points, step);
    plot.current?.setData(columns.current);
  }, [points, breaks, episodes, step, now]);

  return target;
}

function marksOf(points: Point[], step: number | null): Mark[] {
  return points
    .filter((point) => point.flags.length > 0)
    .map((point) => ({ time: point.time, value: point.value, isOutside: isOutside(point, step) }));
}

/** The point a column was made of; null over a hole. */
function pointAt(columns: Columns, points: Point[], index: number | null): Point | null {
  const time = index === null ? undefined : columns[0][index];
  return points.find((point) => point.time === time) ?? null;
}
