import { approve, revoke } from "../api/devices";
import type { Device } from "../api/types";
import { useNow } from "../clock";
import { formatAge, parseTime } from "../format/time";
import { t } from "../texts";
import { ErrorNote } from "./ErrorNote";
import { SimulatedBadge } from "./SimulatedBadge";
import { useAction } from "./useAction";

/** A device that asks to join, with the two answers. */
export function PendingDevice({ device }: { device: Device }) {
  const now = useNow();
  const asked = parseTime(device.created_at);
  const { busy, error, run } = useAction();
  return (
    <li className="flex flex-col gap-3 border-t border-line py-4 first:border-t-0 sm:flex-row sm:items-center">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-semibold">{device.name}</span>
          {device.simulated && <SimulatedBadge />}
        </p>
        <p className="text-sm text-soft">
          <span className="font-mono text-ink">{device.mac_address}</span>
          {" · "}
          {t.device.firmware} {device.firmware_version || t.device.unknown}
          {!device.approved && asked !== null && ` · ${t.pending.asked(formatAge(now - asked))}`}
        </p>
        {device.approved && <p className="mt-1 text-sm text-warn">{t.pending.known}</p>}
      </div>
      <div className="flex gap-2">
        <button
          type="button"
          className="button flex-1 sm:flex-none"
          disabled={busy}
          aria-label={t.pending.refuseName(device.name)}
          onClick={() => void run(() => revoke(device.id))}
        >
          {t.pending.refuse}
        </button>
        <button
          type="button"
          className="button button-main flex-1 sm:flex-none"
          disabled={busy}
          aria-label={t.pending.approveName(device.name)}
          onClick={() => void run(() => approve(device.id))}
        >
          {t.pending.approve}
        </button>
      </div>
      <ErrorNote text={error} />
    </li>
  );
}
