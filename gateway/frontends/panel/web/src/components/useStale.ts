import type { Device } from "../api/types";
import { useNow } from "../clock";
import { parseTime, STALE_MS } from "../format/time";
import { useLink } from "../live/hooks";

/** Whether a device has not been heard for long, as far as the gateway can tell. */
export function useSilent(device: Device): boolean {
  const now = useNow(5000);
  const seen = parseTime(device.last_seen_at);
  return device.status === "offline" || device.revoked || seen === null || now - seen > STALE_MS;
}

/** Whether what is shown of a device must not be taken for the present: it is silent, or the gateway cannot be heard. */
export function useStale(device: Device): boolean {
  const lost = useLink() === "lost";
  return useSilent(device) || lost;
}
