import { useState } from "react";
import { useEpisodesOf } from "../anomalies/useEpisodesOf";
import { Assign } from "../assign/Assign";
import { Swap } from "../assign/Swap";
import { Chart } from "../chart/Chart";
import type { Range } from "../chart/ranges";
import { Age } from "../components/Age";
import { BackLink } from "../components/BackLink";
import { Facts } from "../components/Facts";
import { Page } from "../components/Page";
import { RangePicker } from "../components/RangePicker";
import { SimulatedBadge } from "../components/SimulatedBadge";
import { StatusMark } from "../components/StatusMark";
import { StatusReason } from "../components/StatusReason";
import { isWindow } from "../decide/isWindow";
import { WindowPanel } from "../decide/WindowPanel";
import { EventList } from "../events/EventList";
import { metricsOf } from "../format/kind";
import { MachineOf } from "../insight/MachineOf";
import { useDevice, useLoaded } from "../live/hooks";
import { Commands } from "../orders/Commands";
import { devicesPath } from "../router";
import { Configuration } from "../shadow/Configuration";
import { Sound } from "../sound/Sound";
import { t } from "../texts";

/** One device: every metric as a live chart, and what is known of it. */
export default function Device({ id }: { id: string }) {
  const device = useDevice(id);
  const loaded = useLoaded();
  const { episodes } = useEpisodesOf(id, device?.asset ?? null);
  const [range, setRange] = useState<Range>("hour");
  if (!device) {
    return (
      <Page title={id}>
        <p className="text-soft">{loaded ? t.device.notFound : t.devices.loading}</p>
        <BackLink href={devicesPath} text={t.device.back} />
      </Page>
    );
  }
  const metrics = metricsOf(device);
  return (
    <Page
      title={device.name}
      mark={device.simulated && <SimulatedBadge />}
      actions={<RangePicker range={range} onRange={setRange} />}
    >
      <div className="-mt-3 flex flex-wrap items-center gap-x-5 gap-y-1 text-sm">
        <BackLink href={devicesPath} text={t.device.back} />
        <StatusMark device={device} />
        <Age device={device} />
        <StatusReason device={device} />
      </div>
      {isWindow(device) && device.approved && !device.revoked && <WindowPanel device={device} />}
      {metrics.length === 0 && (
        <p className="card p-6 text-soft">{device.pending ? t.device.waiting : t.device.noMetrics}</p>
      )}
      <div className="grid gap-4 lg:grid-cols-2">
        {metrics.map((metric) => (
          <Chart key={`${metric} ${range}`} device={device} metric={metric} range={range} episodes={episodes} />
        ))}
      </div>
      {device.asset !== null && <MachineOf asset={device.asset} />}
      {/* Two columns that fill by themselves: what is in them grows. */}
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4">
          <Commands device={device} />
          <Assign device={device} />
          {"sound_level" in device.latest && <Sound device={device} />}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Configuration device={device} />
          <Swap device={device} />
        </div>
      </div>
      <Facts device={device} />
      <section className="card overflow-hidden" aria-labelledby="happened">
        <h2 id="happened" className="px-5 pt-5 pb-2 text-sm font-medium">
          {t.events.ofDevice}
        </h2>
        <EventList device={device.id} first={10} />
      </section>
    </Page>
  );
}
