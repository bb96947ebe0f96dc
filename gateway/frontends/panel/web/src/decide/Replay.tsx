import { useState } from "react";
import { replay, type Replayed } from "../api/window";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { t } from "../texts";
import { openingWords } from "./words";

/** Works a decision out once more and says whether the same comes out. */
export function Replay({ decision, when }: { decision: string; when: string }) {
  const [answer, setAnswer] = useState<Replayed | null>(null);
  const { busy, error, run } = useAction();

  function ask(): void {
    setAnswer(null);
    void run(async () => setAnswer(await replay(decision)));
  }

  return (
    <>
      <button
        type="button"
        className="button min-h-9 px-3"
        disabled={busy}
        aria-label={t.decisions.replayOf(when)}
        onClick={ask}
      >
        {t.decisions.replay}
      </button>
      <p role="status" className={`text-sm font-medium empty:hidden ${answer?.identical ? "text-good" : "text-warn"}`}>
        {answer && wordsOf(answer)}
      </p>
      <ErrorNote text={error} />
    </>
  );
}

function wordsOf({ identical, was, now, why }: Replayed): string {
  return identical ? t.decisions.same : t.decisions.differs(openingWords(was), openingWords(now), why);
}
