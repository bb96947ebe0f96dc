/** Rules, what they did, and timers, in the page's words. */

import {
  api,
  type BacktestShown,
  type FiringList,
  type FiringShown,
  type Mode,
  type Rule as Written,
  type RuleCheckShown,
  type RuleShown,
  type TimerShown,
  type WhyShown,
} from "./generated";

export type {
  ActShown as Act,
  BacktestShown as Rehearsed,
  CauseShown as Cause,
  FiringShown as Firing,
  Mode,
  ProblemAt as Problem,
  Rule as Written,
  RuleCheckShown as Checked,
  RuleShown as Rule,
  TimerShown as Timer,
  WhyShown as Why,
  WouldFireShown as WouldFire,
} from "./generated";

export type RuleState = RuleShown["state"];
export type Outcome = FiringShown["outcome"];
export type Part = FiringShown["part"];
export type Truth = WhyShown["trigger"];

/** Any JSON object: whether it is a rule is the gateway's to say. */
export type Draft = Readonly<Record<string, unknown>>;

/** What becomes of timers when their rule is deleted. */
export type TimersThen = "finish" | "cancel";

export async function getRules(query: { mode?: Mode; text?: string }, signal?: AbortSignal): Promise<RuleShown[]> {
  return (await api.getRules(query, signal)).rules;
}

export function getRule(id: string, signal?: AbortSignal): Promise<RuleShown> {
  return api.getRulesRule(id, signal);
}

export function addRule(draft: Draft): Promise<RuleShown> {
  return api.postRules(written(draft));
}

/** Refused when the rule is by now another than this version of it. */
export function changeRule(id: string, version: number, draft: Draft): Promise<RuleShown> {
  return api.putRulesRule(id, written(draft), { version });
}

export async function deleteRule(id: string, timers: TimersThen): Promise<void> {
  await api.deleteRulesRule(id, { timers });
}

/** `despite`: although another rule wants something else of the same actuator. */
export function enableRule(id: string, mode: "off" | "shadow" | "live", despite: boolean): Promise<RuleShown> {
  return api.postRulesRuleEnable(id, despite ? { mode, despite } : { mode });
}

/** Keeps nothing. `id`: of the rule that is being changed; empty: a new one. */
export function checkRule(draft: Draft, id: string, signal?: AbortSignal): Promise<RuleCheckShown> {
  return api.postRulesCheck(written(draft), id ? { id } : {}, signal);
}

/** On the last 30 days, beside all other rules. */
export function rehearse(draft: Draft, id: string): Promise<BacktestShown> {
  return api.postRulesBacktest({ rule: written(draft), against: true }, id ? { id } : {});
}

/** 0 to 1 while one is being rehearsed. */
export async function getProgress(signal?: AbortSignal): Promise<number | null> {
  return (await api.getRulesBacktest(signal)).progress;
}

export function getWhy(id: string, signal?: AbortSignal): Promise<WhyShown> {
  return api.getRulesRuleWhy(id, signal);
}

export function getFirings(id: string, limit: number, signal?: AbortSignal): Promise<FiringList> {
  return api.getRulesRuleFirings(id, { limit }, signal);
}

/** Those that run, the next first. */
export async function getTimers(signal?: AbortSignal): Promise<TimerShown[]> {
  return (await api.getTimers({ state: "armed" }, signal)).timers;
}

export async function cancelTimer(id: string): Promise<void> {
  await api.deleteTimersTimer(id);
}

/** Sent as it is: the gateway names what it cannot read. */
function written(draft: Draft): Written {
  return draft as unknown as Written;
}
