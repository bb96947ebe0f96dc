import type { Device } from "../api/types";

/** Whether the gateway decides about it; while it decides about nothing, what says that it is a window. */
export function isWindow(device: Device): boolean {
  return device.window !== null || device.kind === "window";
}
