import { getShadow } from "../api/home";
import type { Device } from "../api/types";
import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { SimulatedMark } from "../components/SimulatedMark";
import { useAnswer } from "../live/useAnswer";
import { t } from "../texts";
import { Differences } from "./Differences";
import { ShadowForm } from "./ShadowForm";
import { SyncMark } from "./SyncMark";

/** How a device is meant to be, and whether it says that it is so. */
export function Configuration({ device }: { device: Device }) {
  const { value: shadow, error } = useAnswer(`shadow ${device.id}`, {
    ask: (signal) => getShadow(device.id, signal),
    ageing: (message) => message.type === "shadow" && message.shadow.device === device.id,
  });
  const mark = shadow && (
    <span className="flex items-center gap-2" aria-live="polite">
      {shadow.simulated && <SimulatedMark />}
      <SyncMark sync={shadow.sync} />
    </span>
  );
  return (
    <Card title={t.shadow.title} mark={mark}>
      <ErrorNote text={error} />
      {!shadow && !error && <p className="text-sm text-soft">{t.shadow.loading}</p>}
      {shadow && (
        <>
          <p className="text-sm text-soft">
            {t.shadow.means[shadow.sync]}
            {shadow.sync !== "none" && ` ${t.shadow.version(shadow.desired.version, shadow.reported.version)}.`}
          </p>
          {shadow.sync === "differs" && <Differences shadow={shadow} />}
          <ShadowForm device={device} shadow={shadow} />
        </>
      )}
    </Card>
  );
}
