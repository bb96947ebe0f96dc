export const ranges = ["hour", "day", "week", "month"] as const;
export type Range = (typeof ranges)[number];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const spanMs: Record<Range, number> = { hour: HOUR, day: DAY, week: 7 * DAY, month: 30 * DAY };

/** How far a range is condensed; null: every reading as it was sent. */
export const stepMs: Record<Range, number | null> = {
  hour: null,
  day: 2 * MINUTE,
  week: 15 * MINUTE,
  month: HOUR,
};
