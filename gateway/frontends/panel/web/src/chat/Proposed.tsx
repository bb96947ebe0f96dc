import type { Proposal } from "../api/chat";
import { useNow } from "../clock";
import { t } from "../texts";
import { speak } from "./store";

interface Props {
  proposal: Proposal;
  isRule: boolean;
  /** Nobody has answered it, and nothing newer was proposed. */
  isOpen: boolean;
}

/** What waits for a yes, or for one of several to be picked. */
export function Proposed({ proposal: { id, choices, until_ms: until }, isRule, isOpen }: Props) {
  const now = useNow();
  if (!isOpen) return null;
  if (now >= until) return <p className="text-sm text-soft">{t.chat.over}</p>;
  const no = isRule ? t.chat.drop : t.chat.no;
  return (
    <div className="flex flex-wrap gap-2" role="group" aria-label={t.chat.proposal}>
      {choices.map((choice, number) => (
        <button
          key={choice}
          type="button"
          className="button"
          onClick={() => void speak(choice, `pick:${id}:${number}`)}
        >
          {choice}
        </button>
      ))}
      {choices.length === 0 && (
        <button
          type="button"
          className="button button-main"
          onClick={() => void speak("yes", `yes:${id}`, isRule ? t.chat.confirm : t.chat.yes)}
        >
          {isRule ? t.chat.confirm : t.chat.yes}
        </button>
      )}
      <button type="button" className="button" onClick={() => void speak("no", `no:${id}`, no)}>
        {no}
      </button>
    </div>
  );
}
