import { useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { messageOf } from "../api/message";
import { checkRule, type Checked, type Draft, type Problem } from "../api/rules";

/** So long after the last key. */
const PAUSE_MS = 500;

export interface Check {
  /** null: it is no JSON, the gateway was not asked yet, or cannot read it as a rule. */
  checked: Checked | null;
  problems: readonly Problem[];
  /** Why it could not be checked. */
  error: string | null;
  busy: boolean;
}

const NOTHING: Check = { checked: null, problems: [], error: null, busy: false };

/** What the gateway says of a draft while it is written. `id`: of the rule that is being changed. */
export function useCheck(draft: Draft | null, id: string): Check {
  const [check, setCheck] = useState<Check>(NOTHING);
  const text = draft === null ? null : JSON.stringify(draft);
  useEffect(() => {
    if (text === null) {
      setCheck(NOTHING);
      return;
    }
    const abort = new AbortController();
    setCheck((before) => ({ ...before, busy: true }));
    const timer = window.setTimeout(() => {
      checkRule(JSON.parse(text) as Draft, id, abort.signal).then(
        (checked) => setCheck({ checked, problems: checked.problems, error: null, busy: false }),
        (failure: unknown) => {
          if (!abort.signal.aborted) setCheck({ ...NOTHING, ...refusal(failure) });
        },
      );
    }, PAUSE_MS);
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [text, id]);
  return check;
}

/** What the gateway refuses is wrong with the draft; everything else is no word on it. */
function refusal(failure: unknown): Pick<Check, "problems" | "error"> {
  if (failure instanceof ApiError && failure.problems.length > 0) return { problems: failure.problems, error: null };
  if (failure instanceof ApiError && failure.status === 422) return { problems: [{ path: "", reason: failure.message }], error: null };
  return { problems: [], error: messageOf(failure) };
}
