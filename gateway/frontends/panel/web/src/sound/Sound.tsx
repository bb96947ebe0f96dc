import { getShadow } from "../api/home";
import { getRecordings, wantSound } from "../api/sound";
import type { Device } from "../api/types";
import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { SimulatedMark } from "../components/SimulatedMark";
import { useAction } from "../components/useAction";
import { useAnswer } from "../live/useAnswer";
import { t } from "../texts";
import { Recorder } from "./Recorder";
import { RecordingList } from "./RecordingList";

/** While one records, files come every two seconds. */
const REST_MS = 4_000;

/** Whether a device sends what it hears, and what of it is kept. */
export function Sound({ device }: { device: Device }) {
  const { value, error, again } = useAnswer("recordings", {
    ask: getRecordings,
    ageing: (message) =>
      (message.type === "event" && message.event.kind.startsWith("recording.")) ||
      (message.type === "reading" && message.device === device.id),
    restMs: REST_MS,
  });
  const running = value?.running.find((each) => each.device === device.id) ?? null;
  const recordings = value?.recordings.filter((each) => each.device === device.id) ?? [];
  return (
    <Card title={t.sound.title} mark={device.simulated && <SimulatedMark />}>
      <Sending device={device} />
      <p className="text-sm text-soft">{t.sound.lead}</p>
      <ErrorNote text={error} />
      {value && <Recorder device={device.id} running={running} onChange={again} />}
      <RecordingList recordings={recordings} onChange={again} />
    </Card>
  );
}

/** Whether it sends its sound, and whether it is meant to. */
function Sending({ device }: { device: Device }) {
  const { value: shadow } = useAnswer(`shadow ${device.id}`, {
    ask: (signal) => getShadow(device.id, signal),
    ageing: (message) => message.type === "shadow" && message.shadow.device === device.id,
  });
  const { busy, error, run } = useAction();
  if (shadow === null) return null;
  const sends = shadow.reported.state["audio"] === true;
  const wanted = shadow.desired.state["audio"] === undefined ? sends : shadow.desired.state["audio"] === true;
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
      <p className="min-w-0" aria-live="polite">
        {wordsOf(sends, wanted)}
      </p>
      <button
        type="button"
        className="button"
        disabled={busy}
        onClick={() => void run(() => wantSound(device.id, !wanted, shadow.desired.version))}
      >
        {wanted ? t.sound.turnOff : t.sound.turnOn}
      </button>
      <ErrorNote text={error} />
    </div>
  );
}

function wordsOf(sends: boolean, wanted: boolean): string {
  if (sends === wanted) return sends ? t.sound.sends : t.sound.levelOnly;
  return wanted ? t.sound.turningOn : t.sound.turningOff;
}
