import type { Device } from "../api/types";
import { metricsOf } from "../format/kind";
import { t } from "../texts";
import { MetricLabel } from "./MetricLabel";
import { Sparkline } from "./Sparkline";
import { useStale } from "./useStale";
import { Value } from "./Value";

const MORE = 3;

/** A device's main value with its last minutes, and a few more. */
export function CardValues({ device }: { device: Device }) {
  const stale = useStale(device);
  const [first, ...others] = metricsOf(device);
  const main = first === undefined ? undefined : device.latest[first];
  if (first === undefined || main === undefined) {
    return <p className="grid min-h-36 place-items-center p-4 text-sm text-soft">{t.devices.noValues}</p>;
  }
  const { simulated } = device;
  return (
    <div className="flex flex-col gap-3 p-4">
      <div className="grid grid-cols-[3fr_2fr] items-end gap-4">
        <div className="min-w-0">
          <MetricLabel metric={first} simulated={simulated} latest={main} showAge />
          <p className="leading-10">
            <Value latest={main} stale={stale} size="big" />
          </p>
        </div>
        <Sparkline device={device.id} metric={first} unit={main.unit} stale={stale} />
      </div>
      <dl className="grid min-h-11 grid-cols-3 gap-1.5">
        {others.slice(0, MORE).map((metric) => (
          <div key={metric} className="min-w-0">
            <dt>
              <MetricLabel metric={metric} simulated={simulated} latest={device.latest[metric]!} />
            </dt>
            <dd>
              <Value latest={device.latest[metric]!} stale={stale} size="small" />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
