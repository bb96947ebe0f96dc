import { useEffect, useState } from "react";
import type { Break } from "../api/home";
import type { ReadingMessage } from "../api/types";
import { serverNow } from "../clock";
import { live, useEpoch } from "../live/hooks";
import { pointOf, single, withReading, type Point } from "./points";
import { Queue } from "./queue";
import type { Source } from "./source";

const RETRY_MS = 5_000;
const requests = new Queue(4);

export interface Series {
  points: Point[];
  breaks: readonly Break[];
  /** As the history has it. */
  unit: string | null;
  loaded: boolean;
}

const NOTHING: Series = { points: [], breaks: [], unit: null, loaded: false };

/** The last `span` ms of a metric from the history, and every reading since as it arrives. `step` null: not condensed. */
export function useSeries(source: Source, metric: string, span: number, step: number | null): Series {
  const [series, setSeries] = useState<Series>(NOTHING);
  const epoch = useEpoch();

  useEffect(() => {
    const feed = new Feed(source, metric, span, step, setSeries);
    return () => feed.stop();
  }, [source, metric, span, step, epoch]);

  return series;
}

/** One history and what came after it. */
class Feed {
  private points: Point[] = [];
  private recorded: Pick<Series, "breaks" | "unit"> = NOTHING;
  private early: ReadingMessage[] = [];
  private loaded = false;
  private frame = 0;
  private retry = 0;
  private readonly abort = new AbortController();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly source: Source,
    private readonly metric: string,
    private readonly span: number,
    private readonly step: number | null,
    private readonly show: (series: Series) => void,
  ) {
    this.unsubscribe = live.onReading(this.take);
    void this.load();
  }

  stop(): void {
    this.unsubscribe();
    this.abort.abort();
    window.clearTimeout(this.retry);
    cancelAnimationFrame(this.frame);
  }

  private async load(): Promise<void> {
    const { source, metric, span, step, abort } = this;
    try {
      await requests.run(async () => {
        if (abort.signal.aborted) return;
        const now = serverNow();
        const { readings, breaks, unit } = await source.load(metric, now - span, now + 1000, step, abort.signal);
        this.recorded = { breaks, unit };
        this.begin(readings.map(pointOf));
      });
    } catch {
      if (!abort.signal.aborted) this.retry = window.setTimeout(() => void this.load(), RETRY_MS);
    }
  }

  private begin(points: Point[]): void {
    this.points = points;
    this.loaded = true;
    const last = points.at(-1)?.time ?? 0;
    // What arrived while the history was read is mostly in it already.
    this.early.filter((reading) => reading.time_ms > last + (this.step ?? 0)).forEach(this.take);
    this.early = [];
    this.schedule();
  }

  private take = (reading: ReadingMessage): void => {
    const value = reading.values[this.metric];
    if (value === undefined || !this.source.hears(reading.device)) return;
    if (!this.loaded) {
      this.early.push(reading);
      return;
    }
    const point = single(reading.time_ms, value, reading.quality[this.metric] ?? []);
    this.points = withReading(this.points, point, this.step, serverNow() - this.span);
    this.schedule();
  };

  private schedule(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      const { breaks, unit } = this.recorded;
      this.show({ points: this.points, breaks, unit, loaded: true });
    });
  }
}
