import type { Asset } from "../api/home";
import { SimulatedMark } from "../components/SimulatedMark";
import { formatValue } from "../format/numbers";
import { metricName } from "../format/metric";
import { inOrder, type Kind } from "../format/kind";
import { AssetLink } from "./AssetLink";
import { DeviceLinks } from "./DeviceLinks";

const MOST = 3;
const kinds: Record<Asset["kind"], Kind> = {
  room: "climate",
  plant: "plant",
  water_heater: "heater",
  pump: "pump",
  fan: "fan",
  outdoor: "weather",
};

/** Something that stands in a zone: its main values, and what measures them. */
export function AssetRow({ asset }: { asset: Asset }) {
  const metrics = inOrder(Object.keys(asset.latest), kinds[asset.kind]).slice(0, MOST);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-0.5 py-2 text-sm">
      <AssetLink asset={asset} />
      {asset.simulated && <SimulatedMark />}
      <span className="text-soft">
        {metrics.map((metric, index) => (
          <span key={metric} title={metricName(metric)}>
            {index > 0 && " · "}
            <span className="sr-only">{metricName(metric)} </span>
            {formatValue(asset.latest[metric]!.value, asset.latest[metric]!.unit)}
          </span>
        ))}
      </span>
      <span className="ml-auto text-xs">
        <DeviceLinks ids={asset.devices} />
      </span>
    </li>
  );
}
