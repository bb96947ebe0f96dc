import type { Range } from "../../chart/ranges";

/** One device and its charts. */
export const device = {
  device: {
    back: "All devices",
    notFound: "There is no device with this name.",
    facts: "About this device",
    id: "Id",
    mac: "MAC address",
    firmware: "Firmware",
    kind: "Kind",
    firstSeen: "First seen",
    lastSeen: "Last seen",
    unknown: "unknown",
    range: "Time range",
    noMetrics: "This device has not sent a reading yet. Its charts appear here with the first one.",
    signal: "Signal",
    uptime: "Running for",
    memory: "Free memory",
    missing: "Readings that never came",
    selfTest: "Self-test",
    waiting: "This device waits for your approval under Devices.",
  },

  range: { hour: "1 h", day: "24 h", week: "7 d", month: "30 d" } satisfies Record<Range, string>,

  rangeLong: {
    hour: "last hour",
    day: "last 24 hours",
    week: "last 7 days",
    month: "last 30 days",
  } satisfies Record<Range, string>,

  chart: {
    loading: "Reading the history…",
    empty: "Nothing was recorded in this time.",
    doubtful: (n: number) => (n === 1 ? "1 doubtful value" : `${n} doubtful values`),
    breaks: "Where the sensor changed",
    summary: (metric: string, range: string, low: string, high: string, now: string) =>
      `${metric}, ${range}: between ${low} and ${high}, now ${now}`,
  },
};
