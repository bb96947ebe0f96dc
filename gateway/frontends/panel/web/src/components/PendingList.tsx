import type { Device } from "../api/types";
import { t } from "../texts";
import { PendingDevice } from "./PendingDevice";

/** Who waits to be let in; absent when nobody does. */
export function PendingList({ devices }: { devices: readonly Device[] }) {
  if (devices.length === 0) return null;
  return (
    <section className="card border-warn px-5 pt-4 pb-1" aria-labelledby="pending">
      <h2 id="pending" className="font-semibold">
        {t.pending.title}
      </h2>
      <p className="mt-1 text-sm text-soft">{t.pending.lead}</p>
      <ul>
        {devices.map((device) => (
          <PendingDevice key={device.id} device={device} />
        ))}
      </ul>
    </section>
  );
}
