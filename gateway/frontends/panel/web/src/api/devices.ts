import { api, type Measured } from "./generated";
import type { Bucket, GatewayEvent, History, RawReading } from "./types";

/** One metric of one device in [from, to); with a step (whole seconds), buckets. All in ms. */
export async function getHistory(
  device: string,
  metric: string,
  fromMs: number,
  toMs: number,
  stepMs: number | null,
  signal?: AbortSignal,
): Promise<History> {
  return historyOf(await api.getDevicesIdHistory(device, historyQuery(metric, fromMs, toMs, stepMs), signal));
}

export function historyQuery(metric: string, fromMs: number, toMs: number, stepMs: number | null) {
  const step = stepMs === null ? {} : { step: stepMs / 1000 };
  return { metric, from: String(fromMs), to: String(toMs), ...step };
}

/** The answer to a question that named a metric. */
export function historyOf({ readings, breaks, unit }: Pick<History, "breaks"> & { readings?: Measured[]; unit?: string | null }): History {
  return { readings: (readings ?? []) as (RawReading | Bucket)[], breaks, unit: unit ?? null };
}

/** What happened, newest first; of one device, or of the whole house. */
export async function getEvents(device: string | null, limit: number, signal?: AbortSignal): Promise<GatewayEvent[]> {
  return (await api.getEvents({ limit, ...(device === null ? {} : { device }) }, signal)).events;
}

/** The owner says that what is flagged of a series now is as it should be. */
export async function callNormal(device: string, metric: string): Promise<void> {
  await api.postDevicesIdQualityMetric(device, metric, { normal: true });
}

export async function approve(device: string): Promise<void> {
  await api.postDevicesIdApprove(device);
}

/** Also refuses a device that waits for approval. */
export async function revoke(device: string): Promise<void> {
  await api.postDevicesIdRevoke(device);
}
