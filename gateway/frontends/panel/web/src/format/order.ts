import type { Device } from "../api/types";
import { locale } from "../texts";

const names = new Intl.Collator(locale, { numeric: true });

/** By name, so that nothing moves while it is read; devices without access come last. */
export function ordered(devices: readonly Device[]): Device[] {
  return [...devices].sort((a, b) => Number(a.revoked) - Number(b.revoked) || names.compare(a.name, b.name));
}

/** A device that asks to join for the first time: nothing is known of it but what it says. */
export function isStranger(device: Device): boolean {
  return device.pending && !device.approved;
}
