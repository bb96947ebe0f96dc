import { locale, t } from "../texts";

/** Older than this is not the present, even if the device is there. Its absence the gateway notices much earlier. */
export const STALE_MS = 15 * 60_000;

/** "12 s ago". An instant in the future (clocks differ by a little) is now. */
export function formatAge(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  if (seconds < 2) return t.age.now;
  if (seconds < 60) return t.age.seconds(seconds);
  if (seconds < 3600) return t.age.minutes(Math.floor(seconds / 60));
  if (seconds < 86_400) return t.age.hours(Math.floor(seconds / 3600));
  return t.age.days(Math.floor(seconds / 86_400));
}

/** "3 h 5 min": how long something lasts. */
export function formatSpan(spanMs: number): string {
  const minutes = Math.max(0, Math.floor(spanMs / 60_000));
  if (minutes < 1) return t.span.seconds(Math.max(0, Math.floor(spanMs / 1000)));
  if (minutes < 60) return t.span.minutes(minutes);
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? t.span.hours(hours, minutes % 60) : t.span.days(Math.floor(hours / 24));
}

/** "4:05": what is left of a countdown. */
export function formatLeft(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const instants = new Intl.DateTimeFormat(locale, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const clocks = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const clocksWithSeconds = new Intl.DateTimeFormat(locale, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const days = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });

const dates = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** "Friday 20 November 2026": a day of the calendar where one is. */
export function formatDate(timeMs: number): string {
  return dates.format(timeMs);
}

export function formatInstant(timeMs: number): string {
  return instants.format(timeMs);
}

export function formatClock(timeMs: number, withSeconds = false): string {
  return (withSeconds ? clocksWithSeconds : clocks).format(timeMs);
}

export function formatDay(timeMs: number): string {
  return days.format(timeMs);
}

/** UTC ms of the API's text; null where it has none. */
export function parseTime(text: string | null): number | null {
  const timeMs = text === null ? NaN : Date.parse(text);
  return Number.isNaN(timeMs) ? null : timeMs;
}
