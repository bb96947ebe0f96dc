/** Alerts and whether they reached anybody, in the page's words. */

import { api, type AlertList, type AlertShown, type AlertStory } from "./generated";

export type { AlertShown as Alert, DeliveryShown as Delivery } from "./generated";

export type Level = AlertShown["level"];

export interface AlertQuery {
  open?: boolean;
  limit?: number;
}

/** The most that is given at once. */
export const MOST_ALERTS = 500;

export function getAlerts(query: AlertQuery, signal?: AbortSignal): Promise<AlertList> {
  return api.getAlerts(query, signal);
}

/** With everything that was told of it. */
export function getAlert(id: string, signal?: AbortSignal): Promise<AlertStory> {
  return api.getAlertsAlert(id, signal);
}

export async function acknowledge(id: string): Promise<void> {
  await api.postAlertsAlertAck(id);
}

/** UTC ms; 0: nothing is muted. */
export async function getMutedUntil(signal?: AbortSignal): Promise<number> {
  return (await api.getAlertsMute(signal)).until_ms;
}

/** 0 minutes: everything comes again. */
export async function mute(minutes: number): Promise<void> {
  await api.postAlertsMute({ minutes });
}
