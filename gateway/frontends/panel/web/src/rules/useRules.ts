import { getRule, getRules, getTimers, getWhy, type Mode, type Rule, type Timer, type Why } from "../api/rules";
import type { LiveMessage } from "../api/types";
import { useAnswer, type Answer } from "../live/useAnswer";

/** How a rule stands hangs on readings; a busy house has many of them a second. */
const LIST_REST_MS = 5_000;
const WHY_REST_MS = 2_000;

const ruled = ({ type }: LiveMessage) => type === "rule" || type === "firing" || type === "timer" || type === "more";

export function useRules(mode: Mode | "", text: string): Answer<Rule[]> {
  return useAnswer(`rules ${mode} ${text}`, {
    ask: (signal) => getRules({ ...(mode && { mode }), ...(text && { text }) }, signal),
    ageing: (message) => ruled(message) || message.type === "reading",
    restMs: LIST_REST_MS,
  });
}

export function useRule(id: string): Answer<Rule> {
  return useAnswer(`rule ${id}`, { ask: (signal) => getRule(id, signal), ageing: ruled, restMs: 500 });
}

/** Asked again after a reading of what it looks at. */
export function useWhy(id: string): Answer<Why> {
  return useAnswer(`why ${id}`, {
    ask: (signal) => getWhy(id, signal),
    ageing: (message) => ruled(message) || message.type === "reading" || message.type === "device",
    restMs: WHY_REST_MS,
  });
}

export function useTimers(): Answer<Timer[]> {
  return useAnswer("timers", { ask: (signal) => getTimers(signal), ageing: ({ type }) => type === "timer" || type === "firing", restMs: 500 });
}
