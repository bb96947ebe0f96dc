import type { Device, Status } from "../api/types";
import { useLink } from "../live/hooks";
import { t } from "../texts";

const looks: Record<Status, { text: string; dot: string }> = {
  online: { text: "text-good", dot: "bg-good" },
  offline: { text: "text-soft", dot: "border-2 border-soft" },
  provisioning: { text: "text-warn", dot: "border-2 border-warn" },
  error: { text: "text-bad", dot: "bg-bad" },
};

const unsure = { text: "text-soft", dot: "border-2 border-soft" };

/** The status in a word, a colour and a shape; without colour while the gateway cannot be heard. */
export function StatusMark({ device }: { device: Device }) {
  const isSure = useLink() !== "lost" && !device.revoked;
  const look = !isSure ? unsure : device.flapping ? looks.provisioning : looks[device.status];
  return (
    <span title={device.status_reason} className={`inline-flex items-center gap-1.5 text-sm font-medium whitespace-nowrap ${look.text}`}>
      <span className={`size-2 rounded-full ${look.dot}`} aria-hidden="true" />
      {device.revoked ? t.revoked : device.flapping ? t.flapping : t.status[device.status]}
    </span>
  );
}
