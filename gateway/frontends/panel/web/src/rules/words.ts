import type { Outcome, RuleState, Truth } from "../api/rules";

/** How a state looks; in words it stands beside. */
export const stateLooks: Record<RuleState, string> = {
  holds: "bg-accent-wash text-accent",
  waiting: "bg-accent-wash text-accent",
  "held back": "bg-warn-wash text-warn",
  unknown: "bg-warn-wash text-warn",
  "not true": "bg-raised text-soft",
  off: "bg-raised text-soft",
};

export const outcomeLooks: Record<Outcome, string> = {
  pending: "text-soft",
  done: "text-good",
  would: "text-accent",
  held: "text-warn",
  refused: "text-bad",
  late: "text-warn",
  tripped: "text-bad",
  interrupted: "text-warn",
  skipped: "text-warn",
};

export const truthLooks: Record<Truth, string> = { true: "text-good", false: "text-soft", unknown: "text-warn" };

/** Beside the word, for whoever sees no colours. */
export const truthSigns: Record<Truth, string> = { true: "✓", false: "✕", unknown: "?" };
