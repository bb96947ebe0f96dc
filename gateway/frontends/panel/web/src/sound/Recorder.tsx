import { useState } from "react";
import { startRecording, stopRecording, type Running } from "../api/sound";
import { useNow } from "../clock";
import { Choice } from "../components/Choice";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { formatLeft } from "../format/time";
import { t } from "../texts";

const minutes = [1, 5, 15, 60];

interface Props {
  device: string;
  running: Running | null;
  onChange: () => void;
}

/** Starts to keep what a device hears, for a while; while it is kept, that is plain to see. */
export function Recorder({ device, running, onChange }: Props) {
  const [chosen, setChosen] = useState(5);
  const now = useNow();
  const { busy, error, run } = useAction();
  const leftMs = running === null ? 0 : running.until_ms - now;

  function act(job: () => Promise<void>): void {
    void run(async () => {
      await job();
      onChange();
    });
  }

  if (leftMs > 0) {
    return (
      <div className="flex flex-wrap items-center gap-3 rounded-lg border border-bad bg-bad-wash px-4 py-3 text-sm">
        <strong className="font-semibold text-bad">{t.sound.running}</strong>
        <span role="timer">{t.sound.left(formatLeft(leftMs))}</span>
        <button
          type="button"
          className="button ml-auto"
          disabled={busy}
          onClick={() => act(() => stopRecording(device))}
        >
          {t.sound.stop}
        </button>
        <ErrorNote text={error} />
      </div>
    );
  }
  return (
    <form
      className="flex flex-wrap items-end gap-3"
      onSubmit={(event: Event) => {
        event.preventDefault();
        act(() => startRecording(device, chosen));
      }}
    >
      <div className="min-w-40 flex-1">
        <Choice label={t.sound.minutes} value={String(chosen)} onChange={(value) => setChosen(Number(value))}>
          {minutes.map((each) => (
            <option key={each} value={String(each)}>
              {t.sound.choice(each)}
            </option>
          ))}
        </Choice>
      </div>
      <button type="submit" className="button min-h-11" disabled={busy}>
        {t.sound.start}
      </button>
      <ErrorNote text={error} />
    </form>
  );
}
