import { useState } from "react";
import { forget, type Lesson } from "../api/window";
import { Confirm } from "../components/Confirm";
import { useAction } from "../components/useAction";
import { formatInstant } from "../format/time";
import { t } from "../texts";
import { openingWords } from "./words";

interface Props {
  device: string;
  lesson: Lesson;
  onForgotten: () => void;
}

/** One lesson: what was wanted, when and by whom, and what was learnt from it. */
export function LessonRow({ device, lesson, onForgotten }: Props) {
  const [asking, setAsking] = useState(false);
  const wanted = t.lessons.wanted(openingWords(lesson.position));
  const when = formatInstant(lesson.time_ms);
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 py-3 text-sm" data-lesson={lesson.id}>
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{wanted}</span>
          <time className="text-xs text-soft" dateTime={new Date(lesson.time_ms).toISOString()}>
            {when}
          </time>
          <span className="text-xs text-soft">
            {t.lessons.source[lesson.source]}
            {lesson.source !== "hand" && lesson.who && `, ${t.lessons.by(lesson.who)}`}
          </span>
        </p>
        <p className="break-words">{lesson.learnt}</p>
      </div>
      <button
        type="button"
        className="button min-h-9 px-3"
        aria-label={t.lessons.forgetOf(`${wanted}, ${when}`)}
        onClick={() => setAsking(true)}
      >
        {t.lessons.forget}
      </button>
      {asking && <Forgetting device={device} lesson={lesson} onClose={() => setAsking(false)} onForgotten={onForgotten} />}
    </li>
  );
}

function Forgetting({ device, lesson, onClose, onForgotten }: Props & { onClose: () => void }) {
  const { busy, error, run } = useAction();
  const forgetIt = () =>
    run(async () => {
      await forget(device, [lesson.id]);
      onClose();
      onForgotten();
    });
  return (
    <Confirm
      title={t.lessons.forgetQuestion}
      yes={t.lessons.forgetConfirm}
      no={t.lessons.keep}
      busy={busy}
      error={error}
      onYes={() => void forgetIt()}
      onClose={onClose}
    >
      {lesson.learnt && <p className="text-sm">{lesson.learnt}</p>}
      <p className="text-sm">{t.lessons.forgetMeans}</p>
    </Confirm>
  );
}
