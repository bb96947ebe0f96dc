import type { Device } from "../api/types";
import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { SimulatedBadge } from "../components/SimulatedBadge";
import { t } from "../texts";
import { Hold } from "./Hold";
import { Inputs } from "./Inputs";
import { Lessons } from "./Lessons";
import { OverrideForm } from "./OverrideForm";
import { useWindow } from "./useWindow";
import { WindowNow } from "./WindowNow";

/** A window on its device's page: what it does and why, a hand on it, what it goes by, and what it has learnt. */
export function WindowPanel({ device }: { device: Device }) {
  const { value: state, error, again } = useWindow(device.id);
  const position = device.latest["position"]?.value ?? state?.position ?? null;
  const mark = (
    <span className="flex items-center gap-2 text-sm text-soft">
      {state && t.window.mode[state.mode]}
      {device.simulated && <SimulatedBadge />}
    </span>
  );
  return (
    // Two columns that fill by themselves; on a phone one, with the hand on the window before what it goes by.
    <div className="flex flex-col gap-4 lg:grid lg:grid-cols-2 lg:items-start">
      <div className="contents lg:flex lg:min-w-0 lg:flex-col lg:gap-4">
        <Card title={t.window.title} mark={mark}>
          <ErrorNote text={error} />
          {!state && !error && <p className="text-sm text-soft">{t.window.loading}</p>}
          {state && <WindowNow device={device.id} state={state} position={position} />}
        </Card>
        <div className="order-1">
          <Inputs state={state} />
        </div>
      </div>
      <div className="contents lg:flex lg:min-w-0 lg:flex-col lg:gap-4">
        <Card title={t.window.override}>
          {state?.hold && <Hold hold={state.hold} onEnd={again} />}
          <OverrideForm device={device.id} position={position} onSet={again} />
        </Card>
        <div className="order-2">
          <Lessons device={device} />
        </div>
      </div>
    </div>
  );
}
