import { AddDevice } from "../components/AddDevice";
import { Page } from "../components/Page";
import { PendingList } from "../components/PendingList";
import { useDevices } from "../live/hooks";
import { t } from "../texts";

/** How to let a device in. */
export function Add() {
  const devices = useDevices();
  return (
    <Page title={t.add.title}>
      <PendingList devices={devices.filter((device) => device.pending)} />
      <p className="max-w-2xl text-soft">{t.devices.emptyLead}</p>
      <AddDevice />
    </Page>
  );
}
