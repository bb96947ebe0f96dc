/** What devices hear, in the page's words. */

import { api, type RecordingList } from "./generated";
import { wantShadow } from "./home";

export type { RecordingShown as Recording, RunningShown as Running } from "./generated";

/** Of the whole house, newest first. */
export function getRecordings(signal?: AbortSignal): Promise<RecordingList> {
  return api.getRecordings(signal);
}

export async function startRecording(device: string, minutes: number): Promise<void> {
  await api.postDevicesIdRecording(device, { minutes });
}

export async function stopRecording(device: string): Promise<void> {
  await api.deleteDevicesIdRecording(device);
}

export async function deleteRecording(id: string): Promise<void> {
  await api.deleteRecordingsRecording(id);
}

export function recordingAddress(id: string): string {
  return `/api/recordings/${encodeURIComponent(id)}`;
}

/** Whether a device is to send its sound; refused when its configuration no longer has this version. */
export function wantSound(device: string, wanted: boolean, version: number): Promise<void> {
  return wantShadow(device, { audio: wanted }, version);
}
