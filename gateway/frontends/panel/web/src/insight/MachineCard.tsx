import type { Machine } from "../api/anomalies";
import { Card } from "../components/Card";
import { SimulatedBadge } from "../components/SimulatedBadge";
import { t } from "../texts";
import { BaselineState } from "./BaselineState";
import { ComponentHealth } from "./ComponentHealth";

/** A machine: how worn its parts are and how long they may last, and what it is compared with. */
export function MachineCard({ machine }: { machine: Machine }) {
  const { asset, name, kind, simulated, components, text } = machine;
  const mark = (
    <span className="flex items-center gap-2 text-sm text-soft">
      {t.assetKind[kind]}
      {simulated && <SimulatedBadge />}
    </span>
  );
  return (
    <Card title={name} mark={mark}>
      {components.length === 0 && <p className="text-sm text-soft">{text}</p>}
      {components.length > 0 && (
        <ul className="-my-1 flex flex-col divide-y divide-line">
          {components.map((part) => (
            <ComponentHealth key={part.component} part={part} />
          ))}
        </ul>
      )}
      <BaselineState asset={asset} name={name} />
    </Card>
  );
}
