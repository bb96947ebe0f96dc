import { useEffect, useState } from "react";
import { getAlerts, getMutedUntil, MOST_ALERTS, type Alert, type AlertQuery } from "../api/alerts";
import { messageOf } from "../api/message";
import { live, useEpoch } from "../live/hooks";
import { useAnswer, type Answer } from "../live/useAnswer";

export interface Alerts {
  /** Newest opened first. */
  alerts: readonly Alert[];
  /** There are older ones. */
  more: boolean;
  loaded: boolean;
  error: string | null;
}

const NOTHING: Alerts = { alerts: [], more: false, loaded: false, error: null };

/** The alerts that any of the questions asks for, and every change as it happens. */
export function useAlerts(questions: readonly AlertQuery[]): Alerts {
  const [shown, setShown] = useState<Alerts>(NOTHING);
  const epoch = useEpoch();
  const key = JSON.stringify(questions);

  useEffect(() => {
    const abort = new AbortController();
    let early: readonly Alert[] = [];
    setShown((before) => ({ ...before, loaded: false }));
    const stop = live.onMessage((message) => {
      if (message.type !== "alert") return;
      early = merged(early, [message.alert]);
      setShown((before) => ({ ...before, alerts: merged(before.alerts, [message.alert]) }));
    });
    const asked = (JSON.parse(key) as AlertQuery[]).map((question) => getAlerts(question, abort.signal));
    Promise.all(asked)
      .then((answers) => {
        // What arrived meanwhile is newer than the answers, also where it is in them already.
        const told = answers.flatMap(({ alerts }) => alerts);
        setShown({ alerts: merged(told, early), more: answers.some(({ more }) => more), loaded: true, error: null });
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setShown((before) => ({ ...before, loaded: true, error: messageOf(error) }));
      });
    return () => {
      stop();
      abort.abort();
    };
  }, [key, epoch]);

  return shown;
}

/** How many go on that nobody has acknowledged, as far as is known. */
export function useOpenAlerts(): number {
  const { alerts } = useAlerts([{ open: true, limit: MOST_ALERTS }]);
  return alerts.filter(({ over_ms: over, acked_ms: acked }) => over === null && acked === null).length;
}

/** Until when only alarms come; 0: nothing is muted. */
export function useMutedUntil(): Answer<number> {
  return useAnswer("muted", { ask: getMutedUntil, ageing: ({ type }) => type === "muted" });
}

/** One list with each of them once, as it was told last. */
function merged(older: readonly Alert[], newer: readonly Alert[]): readonly Alert[] {
  const byId = new Map([...older, ...newer].map((alert) => [alert.id, alert]));
  return [...byId.values()].sort((a, b) => b.opened_ms - a.opened_ms || a.id.localeCompare(b.id));
}
