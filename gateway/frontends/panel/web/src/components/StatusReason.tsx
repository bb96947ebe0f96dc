import type { Device } from "../api/types";

/** Why a device is as it is, when that needs saying. */
export function StatusReason({ device, className = "" }: { device: Device; className?: string }) {
  if (!device.status_reason || device.pending) return null;
  const look = device.status === "error" ? "text-bad" : device.flapping ? "text-warn" : "text-soft";
  return <span className={`${look} ${className}`}>{device.status_reason}</span>;
}
