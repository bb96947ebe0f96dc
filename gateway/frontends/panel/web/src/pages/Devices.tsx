import type { Device } from "../api/types";
import { AddDevice } from "../components/AddDevice";
import { DeviceCard } from "../components/DeviceCard";
import { Page } from "../components/Page";
import { PairingControl } from "../components/PairingControl";
import { PendingList } from "../components/PendingList";
import { isStranger, ordered } from "../format/order";
import { useDevices, useLoaded } from "../live/hooks";
import { t } from "../texts";

/** Every device, live, with those that wait to be let in on top. */
export function Devices() {
  const devices = useDevices();
  const loaded = useLoaded();
  const pending = devices.filter((device) => device.pending);
  const members = ordered(devices.filter((device) => !isStranger(device)));
  if (!loaded) {
    return (
      <Page title={t.devices.title}>
        <p className="text-soft">{t.devices.loading}</p>
      </Page>
    );
  }
  if (members.length === 0) {
    return (
      <Page title={t.devices.emptyTitle}>
        <PendingList devices={pending} />
        <p className="max-w-2xl text-soft">{t.devices.emptyLead}</p>
        <AddDevice />
      </Page>
    );
  }
  return (
    <Page
      title={t.devices.title}
      mark={<p className="text-soft">{t.devices.count(members.length)}</p>}
      actions={<PairingControl />}
    >
      <PendingList devices={pending} />
      <Cards devices={members.filter((device) => device.asset !== null)} />
      <Unassigned devices={members.filter((device) => device.asset === null)} />
    </Page>
  );
}

function Cards({ devices }: { devices: readonly Device[] }) {
  if (devices.length === 0) return null;
  return (
    <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,19rem),1fr))] gap-4">
      {devices.map((device) => (
        <DeviceCard key={device.id} device={device} />
      ))}
    </ul>
  );
}

/** Devices of which nobody has said what they measure. */
function Unassigned({ devices }: { devices: readonly Device[] }) {
  if (devices.length === 0) return null;
  return (
    <section className="flex flex-col gap-3" aria-labelledby="unassigned">
      <div>
        <h2 id="unassigned" className="font-semibold">
          {t.devices.unassigned}
        </h2>
        <p className="text-sm text-soft">{t.devices.unassignedLead}</p>
      </div>
      <Cards devices={devices} />
    </section>
  );
}
