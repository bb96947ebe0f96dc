import { useState } from "react";
import { deleteRecording, recordingAddress, type Recording } from "../api/sound";
import { Confirm } from "../components/Confirm";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { formatBytes } from "../format/bytes";
import { formatNumber } from "../format/numbers";
import { formatClock, formatDay } from "../format/time";
import { t } from "../texts";

interface Props {
  /** Newest first. */
  recordings: readonly Recording[];
  onChange: () => void;
}

/** What was kept of a device's sound: to be saved, or thrown away. */
export function RecordingList({ recordings, onChange }: Props) {
  const [asking, setAsking] = useState(false);
  const { busy, error, run } = useAction();
  if (recordings.length === 0) return null;
  const bytes = recordings.reduce((sum, each) => sum + each.bytes, 0);
  const words = t.sound.kept(recordings.length, formatBytes(bytes));
  const removeAll = () =>
    run(async () => {
      for (const { id } of recordings) await deleteRecording(id);
      setAsking(false);
      onChange();
    });
  return (
    <div className="flex flex-col gap-2 border-t border-line pt-4">
      <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
        <p>{words}</p>
        <button type="button" className="button min-h-9 px-3" onClick={() => setAsking(true)}>
          {t.sound.removeAll}
        </button>
      </div>
      <ol className="max-h-64 divide-y divide-line overflow-y-auto" tabIndex={0} aria-label={words}>
        {recordings.map((recording) => (
          <Row key={recording.id} recording={recording} onChange={onChange} />
        ))}
      </ol>
      {asking && (
        <Confirm
          title={t.sound.removeQuestion}
          yes={t.sound.removeConfirm}
          no={t.sound.keep}
          busy={busy}
          error={error}
          onYes={() => void removeAll()}
          onClose={() => setAsking(false)}
        >
          <p className="text-sm">{t.sound.removeMeans(words)}</p>
        </Confirm>
      )}
    </div>
  );
}

function Row({ recording, onChange }: { recording: Recording; onChange: () => void }) {
  const { busy, error, run } = useAction();
  const when = `${formatDay(recording.time_ms)}, ${formatClock(recording.time_ms, true)}`;
  const remove = () =>
    run(async () => {
      await deleteRecording(recording.id);
      onChange();
    });
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5 pr-1 text-sm">
      <time dateTime={recording.time}>{when}</time>
      <span className="text-xs text-soft">{t.sound.length(formatNumber(recording.seconds, null, 1))}</span>
      <span className="ml-auto flex gap-3">
        <a
          className="py-1 font-medium text-accent hover:underline"
          href={recordingAddress(recording.id)}
          download={`${recording.id}.wav`}
          aria-label={t.sound.saveOf(when)}
        >
          {t.sound.save}
        </a>
        <button
          type="button"
          className="py-1 font-medium text-bad hover:underline"
          disabled={busy}
          aria-label={t.sound.removeOf(when)}
          onClick={() => void remove()}
        >
          {t.sound.remove}
        </button>
      </span>
      <ErrorNote text={error} />
    </li>
  );
}
