import type { Reply } from "../api/chat";
import { t } from "../texts";
import { speak } from "./store";

/** What may have been meant: one press instead of typing it. */
export function Offered({ candidates }: { candidates: NonNullable<Reply["intent"]["candidates"]> }) {
  if (candidates.length === 0) return null;
  return (
    <div className="flex flex-wrap gap-2" role="group" aria-label={t.chat.offered}>
      {candidates.map(({ what, id, name }) => (
        <button key={`${what} ${id}`} type="button" className="button" onClick={() => void speak(name)}>
          {name}
        </button>
      ))}
    </div>
  );
}
