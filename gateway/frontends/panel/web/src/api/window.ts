/** Windows in the page's words: what was decided and why, what people wanted instead, and what was learnt from that. */

import { api, type DecisionList, type LessonList, type OverrideMade, type ReplayShown, type WindowShown } from "./generated";

export type {
  DecisionShown as Decision,
  LessonList,
  LessonShown as Lesson,
  Outcome,
  OverrideShown as Override,
  ReplayShown as Replayed,
  WindowShown as WindowState,
} from "./generated";

export const MOST_DECISIONS = 500;

/** Newest first; of one window, or of the whole house when `device` is empty. */
export function getDecisions(device: string, limit: number, signal?: AbortSignal): Promise<DecisionList> {
  return api.getDecisions({ limit, ...(device ? { device } : {}) }, signal);
}

/** Works a decision out once more from what it rested on. */
export function replay(decision: string): Promise<ReplayShown> {
  return api.postDecisionsDecisionReplay(decision);
}

export function getWindow(device: string, signal?: AbortSignal): Promise<WindowShown> {
  return api.getDevicesIdWindow(device, signal);
}

/** `until` null: for as long as the gateway holds usually. */
export function override(device: string, position: number, until: string | null): Promise<OverrideMade> {
  return api.postDevicesIdOverride(device, until === null ? { position } : { position, until });
}

/** The hold ends; what was learnt stays. */
export async function resume(device: string): Promise<void> {
  await api.deleteDevicesIdOverride(device);
}

export function getLessons(device: string, signal?: AbortSignal): Promise<LessonList> {
  return api.getDevicesIdLessons(device, signal);
}

/** null: everything. */
export async function forget(device: string, lessons: string[] | null): Promise<void> {
  await api.postDevicesIdForget(device, lessons === null ? {} : { lessons });
}

/** Where the lessons can be taken away from, to be kept or brought into another gateway. */
export function lessonsAddress(device: string): string {
  return `/api/devices/${encodeURIComponent(device)}/lessons`;
}

/** Adds lessons that were taken away once; none is replaced. */
export async function bringLessons(device: string, lessons: LessonList): Promise<void> {
  await api.putDevicesIdLessons(device, lessons);
}
