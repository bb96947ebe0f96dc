import { useState } from "react";
import type { Device } from "../api/types";
import { bringLessons, forget, getLessons, lessonsAddress, type LessonList } from "../api/window";
import { Card } from "../components/Card";
import { Confirm } from "../components/Confirm";
import { ErrorNote } from "../components/ErrorNote";
import { FileButton } from "../components/FileButton";
import { SimulatedMark } from "../components/SimulatedMark";
import { Told } from "../components/Told";
import { useAction } from "../components/useAction";
import { useAnswer } from "../live/useAnswer";
import { t } from "../texts";
import { LessonRow } from "./LessonRow";

/** What a window's owner taught it; it can be forgotten, taken away and brought in. */
export function Lessons({ device }: { device: Device }) {
  const { value, error, again } = useAnswer(`lessons ${device.id}`, {
    ask: (signal) => getLessons(device.id, signal),
    ageing: (message) => message.type === "override" && message.override.device === device.id,
  });
  const newest = [...(value?.lessons ?? [])].reverse();
  const mark = newest.length > 0 && (
    <span className="flex items-center gap-2 text-sm text-soft" aria-live="polite">
      {t.lessons.count(newest.length)}
      {value?.simulated && <SimulatedMark />}
    </span>
  );
  return (
    <Card title={t.lessons.title} mark={mark}>
      <ErrorNote text={error} />
      {!value && !error && <p className="text-sm text-soft">{t.lessons.loading}</p>}
      {value && newest.length === 0 && <p className="text-sm text-soft">{t.lessons.empty}</p>}
      {newest.length > 0 && (
        // Somebody who teaches a lot still finds the rest of the page; the keyboard scrolls it, too.
        <ol
          className="-my-2 max-h-96 divide-y divide-line overflow-y-auto pr-1"
          tabIndex={0}
          aria-label={t.lessons.title}
        >
          {newest.map((lesson) => (
            <LessonRow key={lesson.id} device={device.id} lesson={lesson} onForgotten={again} />
          ))}
        </ol>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {newest.length > 0 && (
          <>
            <a className="button" href={lessonsAddress(device.id)} download={`lessons-${device.id}.json`}>
              {t.lessons.save}
            </a>
            <ForgetAll device={device.id} count={newest.length} onForgotten={again} />
          </>
        )}
        <Bringing device={device.id} onBrought={again} />
      </div>
    </Card>
  );
}

/** Adds the lessons of a file that was saved here or elsewhere. */
function Bringing({ device, onBrought }: { device: string; onBrought: () => void }) {
  const [told, setTold] = useState<string | null>(null);
  const { busy, error, run } = useAction();

  function bring(file: File): void {
    setTold(null);
    void run(async () => {
      await bringLessons(device, await lessonsOf(file));
      setTold(t.lessons.brought);
      onBrought();
    });
  }

  return (
    <>
      <FileButton label={t.lessons.bring} accept=".json,application/json" busy={busy} onFile={bring} />
      <Told text={told} />
      <ErrorNote text={error} />
    </>
  );
}

/** Whether they are lessons the gateway says; that they are JSON must be known to send them. */
async function lessonsOf(file: File): Promise<LessonList> {
  try {
    return JSON.parse(await file.text()) as LessonList;
  } catch {
    throw new Error(t.lessons.badFile);
  }
}

interface ForgetAllProps {
  device: string;
  count: number;
  onForgotten: () => void;
}

function ForgetAll({ device, count, onForgotten }: ForgetAllProps) {
  const [asking, setAsking] = useState(false);
  const { busy, error, run } = useAction();
  const forgetAll = () =>
    run(async () => {
      await forget(device, null);
      setAsking(false);
      onForgotten();
    });
  return (
    <>
      <button type="button" className="button" onClick={() => setAsking(true)}>
        {t.lessons.forgetAll}
      </button>
      {asking && (
        <Confirm
          title={t.lessons.forgetAllQuestion}
          yes={t.lessons.forgetAllConfirm}
          no={t.lessons.keep}
          busy={busy}
          error={error}
          onYes={() => void forgetAll()}
          onClose={() => setAsking(false)}
        >
          <p className="text-sm">{t.lessons.forgetAllMeans(t.lessons.count(count))}</p>
        </Confirm>
      )}
    </>
  );
}
