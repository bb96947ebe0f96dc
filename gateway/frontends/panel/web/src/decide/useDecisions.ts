import { useEffect, useState } from "react";
import { messageOf } from "../api/message";
import { getDecisions, type Decision } from "../api/window";
import { live, useEpoch } from "../live/hooks";

export interface Decisions {
  /** Newest first. */
  decisions: readonly Decision[];
  /** There are older ones. */
  more: boolean;
  loaded: boolean;
  error: string | null;
}

const NOTHING: Decisions = { decisions: [], more: false, loaded: false, error: null };

/** The last `limit` decisions, about one window or all, and every one since as it is made; also what becomes of each. */
export function useDecisions(device: string, limit: number): Decisions {
  const [shown, setShown] = useState<Decisions>(NOTHING);
  const epoch = useEpoch();

  useEffect(() => {
    const abort = new AbortController();
    let early: readonly Decision[] = [];
    const stop = live.onMessage((message) => {
      if (message.type !== "decision" || (device && message.decision.device !== device)) return;
      early = withDecision(early, message.decision);
      setShown((before) => limited({ ...before, decisions: withDecision(before.decisions, message.decision) }, limit));
    });
    getDecisions(device, limit, abort.signal)
      .then(({ decisions, more }) => {
        // What arrived meanwhile is newer than the answer, also where it is in it already.
        const all = [...early].reverse().reduce(withDecision, decisions);
        setShown(limited({ decisions: all, more, loaded: true, error: null }, limit));
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setShown((before) => ({ ...before, loaded: true, error: messageOf(error) }));
      });
    return () => {
      stop();
      abort.abort();
    };
  }, [device, limit, epoch]);

  return shown;
}

function withDecision(list: readonly Decision[], decision: Decision): readonly Decision[] {
  const isKnown = list.some(({ id }) => id === decision.id);
  return isKnown ? list.map((each) => (each.id === decision.id ? decision : each)) : [decision, ...list];
}

function limited(shown: Decisions, limit: number): Decisions {
  const isOver = shown.decisions.length > limit;
  return isOver ? { ...shown, decisions: shown.decisions.slice(0, limit), more: true } : shown;
}
