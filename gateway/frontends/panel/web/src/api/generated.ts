// Made from the API's description by `python -m gateway.frontends.panel.typescript`; do not edit.

import { request } from "./client";

type Query = Record<string, string | number | boolean | undefined>;

function search(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}

/** One action and what became of it. */
export interface ActShown {
  text: string;
  kind: string;
  outcome: "done" | "held" | "interrupted" | "late" | "pending" | "refused" | "skipped" | "tripped" | "would";
  detail: string;
  command: string;
  command_status: CommandStatus | null;
  timer: string;
  over: string;
}

/** Something that was set going: what becomes of it comes over the live channel `chat`. */
export interface ActedShown {
  command: string;
  device: string;
  verb: string;
  status: string;
  timer: string;
}

/** A plant is outside its thresholds (of one metric). */
export interface AlertIf {
  kind: "alert";
  /** The id of a zone or an asset */
  asset: string;
  /** A metric or a verb; empty: whichever */
  metric?: string;
}

/** Where it comes from. */
export type AlertKind = "anomaly" | "battery" | "breach" | "notice" | "offline" | "part" | "risk";

/** Answer to GET /api/alerts, newest first. */
export interface AlertList {
  alerts: AlertShown[];
  more: boolean;
  muted_until_ms: number;
}

/** Something people should know, from when it was noticed until it was over. */
export interface AlertShown {
  id: string;
  key: string;
  kind: AlertKind;
  level: "alarm" | "info" | "warning";
  title: string;
  text: string;
  human: string;
  opened: string;
  opened_ms: number;
  over: string | null;
  over_ms: number | null;
  over_text: string;
  acked: string | null;
  acked_ms: number | null;
  acked_by: string;
  times: number;
  device: string;
  asset: string;
  plant_id: string | null;
  metric: string;
  value: number | null;
  threshold: number | null;
  sent_at: string | null;
  sent_ms: number | null;
  correlation: string;
  simulated: boolean;
}

/** Answer to GET /api/alerts/{alert}: with the messages about it. */
export interface AlertStory {
  id: string;
  key: string;
  kind: AlertKind;
  level: "alarm" | "info" | "warning";
  title: string;
  text: string;
  human: string;
  opened: string;
  opened_ms: number;
  over: string | null;
  over_ms: number | null;
  over_text: string;
  acked: string | null;
  acked_ms: number | null;
  acked_by: string;
  times: number;
  device: string;
  asset: string;
  plant_id: string | null;
  metric: string;
  value: number | null;
  threshold: number | null;
  sent_at: string | null;
  sent_ms: number | null;
  correlation: string;
  simulated: boolean;
  deliveries: DeliveryShown[];
}

/** A level: while a plant is outside its thresholds (of one metric). */
export interface AlertWhen {
  kind: "alert";
  /** The id of a zone or an asset */
  asset: string;
  /** A metric or a verb; empty: whichever */
  metric?: string;
}

/** All of them. */
export interface AllIf {
  kind: "all";
  of: (AllIf | AnyIf | NotIf | CompareIf | BetweenIf | TimeIf | SunIf | StateIf | AlertIf | AnomalyIf | TimerIf)[];
}

/** Body of PATCH /api/devices/{id}. */
export interface Amendment {
  /** A name people give; it has a letter or digit */
  name: string;
}

/** An episode is open, of an asset, a device, a nature, or of anything. */
export interface AnomalyIf {
  kind: "anomaly";
  /** The id of a zone or an asset; empty: none */
  asset?: string;
  /** The id of a device; empty: none */
  device?: string;
  nature?: "" | "machine" | "sensor" | "unusual";
}

/** A level: while an episode is open, of an asset, a device, a nature, or of anything. */
export interface AnomalyWhen {
  kind: "anomaly";
  /** The id of a zone or an asset; empty: none */
  asset?: string;
  /** The id of a device; empty: none */
  device?: string;
  nature?: "" | "machine" | "sensor" | "unusual";
}

/** At least one of them. */
export interface AnyIf {
  kind: "any";
  of: (AllIf | AnyIf | NotIf | CompareIf | BetweenIf | TimeIf | SunIf | StateIf | AlertIf | AnomalyIf | TimerIf)[];
}

/** Any of several triggers. */
export interface AnyWhen {
  kind: "any";
  of: (ValueWhen | ChangeWhen | TimeWhen | SunWhen | DeviceWhen | AlertWhen | AnomalyWhen | CommandWhen)[];
}

/** The token is said once; `id` is for deleting it. */
export interface ApiCreated {
  id: string;
  name: string;
  scope: Scope;
  token: string;
  per_hour: number;
}

/** Whatever apprise knows, when it is installed. */
export interface AppriseWay {
  kind: "apprise";
  url?: string;
}

/** Answer to GET /api/settings/llm/log, newest first. */
export interface AskedList {
  said: AskedShown[];
}

/** What it was asked and answered, without secrets. */
export interface AskedShown {
  id: string;
  time: string;
  time_ms: number;
  who: string;
  way: string;
  text: string;
  reply: string;
  provider: string;
  tokens: number;
}

/** Body of POST /api/assets: its kind, or traits that name it. Without `id` one is made from the name. */
export interface AssetBody {
  /** A name people give; it has a letter or digit */
  name: string;
  /** The id of a zone or an asset */
  id?: string;
  kind?: AssetKind;
  traits?: RoomTraits | PlantTraits | HeaterTraits | PumpTraits | FanTraits | OutdoorTraits;
  zone?: string | null;
  /** What it is called besides its name */
  synonyms?: string[];
  relations?: Relation[];
}

/** An asset, in short. */
export interface AssetBrief {
  id: string;
  name: string;
  kind: AssetKind;
}

/** Body of PUT /api/assets/{asset}; what is absent stays, and the kind cannot change. */
export interface AssetChange {
  /** A name people give; it has a letter or digit */
  name?: string;
  kind?: AssetKind;
  traits?: RoomTraits | PlantTraits | HeaterTraits | PumpTraits | FanTraits | OutdoorTraits;
  zone?: string | null;
  /** What it is called besides its name */
  synonyms?: string[];
  relations?: Relation[];
}

/** Answer to GET /api/assets/{asset}/devices and /api/plants/{plant}/devices. */
export interface AssetDevices {
  asset: string;
  devices: DeviceShown[];
  assignments: AssignedShown[];
}

/** What an asset is; the tags of `Traits`. */
export type AssetKind = "fan" | "outdoor" | "plant" | "pump" | "room" | "water_heater";

/** Answer to GET /api/assets. */
export interface AssetList {
  assets: AssetShown[];
}

/** An asset in JSON. */
export interface AssetShown {
  id: string;
  name: string;
  kind: AssetKind;
  zone: string | null;
  zone_name: string | null;
  traits: RoomTraits | PlantTraits | HeaterTraits | PumpTraits | FanTraits | OutdoorTraits;
  synonyms: string[];
  relations: Relation[];
  capabilities: string[];
  devices: string[];
  latest: Record<string, LatestValue>;
  simulated: boolean;
  created_at: string;
}

/** A device stood for an asset from `from` until `to`; null: it still does. */
export interface AssignedShown {
  device: string;
  simulated: boolean;
  since: string;
  since_ms: number;
  until: string | null;
  until_ms: number | null;
}

/** What a person sets. A key that is left out or masked stays as it was; an empty one is taken away. */
export interface AssistantForm {
  provider?: "anthropic" | "openai";
  model?: string;
  key?: string | null;
  url?: string;
  enabled?: boolean;
}

/** How it is set up. */
export interface AssistantShown {
  provider: "anthropic" | "openai";
  model: string;
  key: string;
  url: string;
  enabled: boolean;
  used_today: number;
  requests_per_day: number;
  failure: string;
}

/** What came of trying it. */
export interface AssistantTested {
  ok: boolean;
  detail: string;
}

/** Answer to GET /api/audit, newest first. */
export interface AuditList {
  audit: AuditShown[];
}

/** One entry of the trail. */
export interface AuditShown {
  time: string;
  time_ms: number;
  kind: string;
  who: string;
  detail: string;
  correlation: string;
}

/** Body of POST /api/rules/backtest; without times the last 30 days. */
export interface BacktestBody {
  rule: Rule;
  from?: string | number;
  to?: string | number;
  against?: boolean;
}

/** Answer to GET /api/rules/backtest: 0 to 1 while one runs, else null. */
export interface BacktestProgress {
  progress: number | null;
}

/** A rule on its history, as if every reading had come in time. */
export interface BacktestShown {
  rule: string;
  from: string;
  from_ms: number;
  to: string;
  to_ms: number;
  exact_from: string;
  exact_from_ms: number;
  series: number;
  readings: number;
  left: Record<string, number>;
  firings: WouldFireShown[];
  on_s: number;
  flapping: number;
  most_a_day: number;
  held: HeldBackShown[];
  conditions: ShareShown[];
  conflicts: ConflictShown[];
  warnings: string[];
  took_s: number;
}

/** Limits of one metric; None: there is none (document 002). */
export interface Band {
  min?: number | null;
  max?: number | null;
}

/** A machine's baseline: the one that counts, the one being made, and those before. */
export interface BaselineShown {
  asset: string;
  asset_name: string;
  possible: boolean;
  reason: string;
  state: "collecting" | "frozen" | "none";
  hours: number;
  resting: string;
  baseline: CommissioningShown | null;
  collecting: CommissioningShown | null;
  history: CommissioningShown[];
  simulated: boolean;
}

/** Where a commissioning stands. */
export type BaselineState = "cancelled" | "collecting" | "failed" | "frozen" | "replaced";

/** low <= value < high. */
export interface BetweenIf {
  kind: "between";
  /** The id of a device; empty: none */
  device?: string;
  /** The id of a zone or an asset; empty: none */
  asset?: string;
  /** The id of a zone or an asset; empty: none */
  zone?: string;
  /** What is measured, such as temperature */
  metric: string;
  of?: "all" | "any" | "max" | "mean" | "min";
  window_s?: number;
  aggregate?: "count" | "max" | "mean" | "min" | "rate" | "rise" | "sum" | null;
  hysteresis?: number | null;
  low: number;
  high: number;
}

/** The computer. */
export interface Board {
  model: string;
  system: string;
  memory_bytes: number | null;
  memory_available_bytes: number | null;
  swap_bytes: number | null;
  swap_free_bytes: number | null;
  temperature_c: number | null;
  throttled: number | null;
  up_s: number | null;
  load_1: number | null;
}

/** A value that is outside its threshold. */
export interface BreachShown {
  metric: string;
  value: number;
  direction: string;
  threshold: number;
  text: string;
  since_at: string;
  since_ms: number;
  device: string;
  correlation: string;
  simulated: boolean;
}

/** From here on values cannot be compared with those before: other sensors measure, not calibrated to the old. */
export interface BreakShown {
  time: string;
  time_ms: number;
  device: string;
  reason: string;
}

/** Forget a timer of this rule. */
export interface CancelThen {
  kind: "cancel";
  /** A timer's name; the same one is armed anew */
  timer: string;
}

/** Something that may have been meant. */
export interface Candidate {
  what: "asset" | "device" | "rule" | "scene" | "value" | "zone";
  id: string;
  name: string;
}

/** A rule in a file of rules; scenes likewise by id. */
export interface Carried {
  id: string;
  rule: Rule;
}

/** One leaf of a rule and what it says. */
export interface CauseShown {
  path: string;
  text: string;
  truth: "false" | "true" | "unknown";
  value: number | string | boolean | null;
  time: string | null;
  time_ms: number | null;
  age_s: number | null;
  device: string;
  metric: string;
}

/** A moment: a value has moved away from where it last was by so much, either way. */
export interface ChangeWhen {
  kind: "change";
  /** The id of a device; empty: none */
  device?: string;
  /** The id of a zone or an asset; empty: none */
  asset?: string;
  /** The id of a zone or an asset; empty: none */
  zone?: string;
  /** What is measured, such as temperature */
  metric: string;
  of?: "all" | "any" | "max" | "mean" | "min";
  window_s?: number;
  aggregate?: "count" | "max" | "mean" | "min" | "rate" | "rise" | "sum" | null;
  hysteresis?: number | null;
  by: number;
}

/** What a person sets. A secret that is left out or masked stays as it was. */
export interface ChannelForm {
  way: TelegramWay | DiscordWay | NtfyWay | WebhookWay | EmailWay | AppriseWay;
  levels?: ("alarm" | "info" | "warning")[];
  escalation?: boolean;
  enabled?: boolean;
}

/** Answer to GET /api/channels, by name. */
export interface ChannelList {
  channels: ChannelStateShown[];
}

/** A channel and how it is getting on. */
export interface ChannelStateShown {
  name: string;
  way: TelegramWay | DiscordWay | NtfyWay | WebhookWay | EmailWay | AppriseWay;
  levels: ("alarm" | "info" | "warning")[];
  escalation: boolean;
  enabled: boolean;
  complaint: string;
  waiting: number;
  oldest: string | null;
  oldest_ms: number | null;
  delivered: number;
  failed: number;
  repeated: number;
  unsure: number;
  last: string | null;
  last_ms: number | null;
}

/** What came of sending a line. */
export interface ChannelTested {
  ok: boolean;
  detail: string;
}

/** What sort of sound a room's sound is. */
export type Character = "quiet" | "sharp" | "steady" | "traffic" | "voices";

/** Body of POST /api/chat. */
export interface ChatBody {
  text?: string;
  choice?: string;
  talk?: string;
  id?: string;
}

/** Answer to POST /api/chat: what the sentence was taken for, and what is said to it. */
export interface ChatShown {
  id: string;
  kind: "command" | "explain" | "none" | "query" | "question" | "rule";
  action?: string;
  device?: string;
  place?: string;
  parameter?: string;
  value?: number | string | null;
  condition?: Condition | null;
  schedule?: Schedule | null;
  reply: string;
  intent: Intent;
  proposal: ProposalShown | null;
  acted: ActedShown[];
  rule: RuleReadBack | null;
  series: SpokenSeries[];
  simulated: boolean;
}

/** Whether one version is what was signed, and still answers as it did. */
export interface CheckShown {
  version: number;
  ok: boolean;
  text: string;
}

/** Body of POST /api/devices/{id}/commands. Without `expires_s` it expires after the gateway's usual time. With `id` it may be said again when the answer was lost: the same command is not given twice. */
export interface CommandBody {
  /** What a device is to do, such as set_position */
  verb: string;
  args?: Record<string, unknown>;
  expires_s?: number | null;
  /** The id of a command, given by who asks or made */
  id?: string;
}

/** Answer to GET /api/devices/{id}/commands, newest first. */
export interface CommandList {
  commands: CommandShown[];
  more: boolean;
}

/** A command with everything that became of it. */
export interface CommandShown {
  id: string;
  device: string;
  verb: string;
  args: Record<string, unknown>;
  status: CommandStatus;
  detail: string;
  who: string;
  correlation: string;
  created_at: string;
  created_ms: number;
  expires_at: string;
  expires_ms: number;
  sends: number;
  simulated: boolean;
  history: StepShown[];
}

/** Where a command is in its life; EXPIRED, FAILED and DONE are ends. */
export type CommandStatus = "accepted" | "done" | "expired" | "failed" | "queued" | "sent";

/** A command to a device, or to the one device of an asset that can do it. */
export interface CommandThen {
  kind: "command";
  /** The id of a device; empty: none */
  device?: string;
  /** The id of a zone or an asset; empty: none */
  asset?: string;
  /** What a device is to do, such as set_position */
  verb: string;
  args?: Record<string, unknown>;
  for_s?: number;
  back?: (CommandThen | WindowThen | NotifyThen | ShadowThen | TimerThen | CancelThen | SceneThen)[];
}

/** A moment: a command of a device has ended so. */
export interface CommandWhen {
  kind: "command";
  /** The id a device was given */
  device: string;
  /** A metric or a verb; empty: whichever */
  verb?: string;
  status?: "done" | "expired" | "failed";
}

/** Body of POST /api/assets/{asset}/baseline. `since` in the past: what was measured then counts. */
export interface CommissionBody {
  /** How long */
  hours?: number;
  /** Such as 2026-01-07T12:00:00Z (UTC when it names no zone), or UTC milliseconds */
  since?: string;
}

/** What a machine was like when somebody said that it runs well, or how far the making of that is. */
export interface CommissioningShown {
  id: string;
  state: BaselineState;
  from: string;
  from_ms: number;
  to: string;
  to_ms: number;
  who: string;
  asked: string;
  asked_ms: number;
  frozen: string | null;
  frozen_ms: number | null;
  channels: string[];
  unjudged: string[];
  lost: string[];
  rows: number;
  digest: string;
  detail: string;
}

/** A value compares so. */
export interface CompareIf {
  kind: "compare";
  /** The id of a device; empty: none */
  device?: string;
  /** The id of a zone or an asset; empty: none */
  asset?: string;
  /** The id of a zone or an asset; empty: none */
  zone?: string;
  /** What is measured, such as temperature */
  metric: string;
  of?: "all" | "any" | "max" | "mean" | "min";
  window_s?: number;
  aggregate?: "count" | "max" | "mean" | "min" | "rate" | "rise" | "sum" | null;
  hysteresis?: number | null;
  operator: "!=" | "<" | "<=" | "==" | ">" | ">=";
  value: number;
}

/** How worn one part of a machine is, and how long it may last. */
export interface ComponentShown {
  asset: string;
  asset_name: string;
  component: string;
  health: number | null;
  life: "limit_reached" | "no_wear_seen" | "not_enough_history" | "range";
  remaining: RemainingShown | null;
  trend: IndexTrendShown | null;
  driver: DriverShown | null;
  drivers: DriverShown[];
  text: string;
  days: ConditionDayShown[];
  simulated: boolean;
}

/** A comparison that was said. */
export interface Condition {
  parameter: string;
  operator: "<" | "<=" | "==" | ">" | ">=" | "between" | "changes";
  value: number | [number, number] | string;
  for_s?: number;
  place?: string;
}

/** The health on one local day, which begins then. */
export interface ConditionDayShown {
  time_ms: number;
  value: number;
}

/** Another rule that wants something else of the same actuator at the same time. */
export interface ConflictShown {
  other: string;
  other_name: string;
  actuator: string;
  wants: string;
  other_wants: string;
  wins: string;
  text: string;
  count: number;
  first: string | null;
  first_ms: number | null;
}

/** A bearer token for the API. */
export interface CreateApi {
  kind: "api";
  scope: Scope;
  name?: string;
  per_hour?: number;
}

/** A token with which devices register without waiting for approval. */
export interface CreateEnrol {
  kind: "enrol";
  uses?: number;
  minutes?: number;
  mac?: string | null;
}

/** A service account for a program on MQTT; its client id is NAME or NAME-… */
export interface CreateMqtt {
  kind: "mqtt";
  name: string;
  scope?: "operate" | "read";
}

/** A link that signs a browser in once; also the way back in when the password is forgotten. */
export interface CreateSignIn {
  kind: "sign-in";
  minutes?: number;
}

/** What was written on one day of the site's calendar. */
export interface DayShown {
  day: string;
  seconds: number;
  part_bytes: Record<string, number>;
  total_bytes: number;
  disk_bytes: number | null;
}

/** Answer to GET /api/decisions, newest first. */
export interface DecisionList {
  decisions: DecisionShown[];
  more: boolean;
}

/** A decision with everything it rests on. */
export interface DecisionShown {
  id: string;
  device: string;
  time: string;
  time_ms: number;
  cause: string;
  inputs: Record<string, number | string | null>;
  missing: MissingShown[];
  position: number;
  raw_position: number;
  confidence: number;
  model: string;
  why: string;
  cuts: string[];
  outcome: Outcome;
  detail: string;
  shadow: ShadowedShown | null;
  lessons: string;
  runtime: string;
  correlation: string;
  simulated: boolean;
}

/** A message to one person or place, and what has become of it. */
export interface DeliveryShown {
  id: string;
  channel: string;
  target: string;
  alert: string;
  part: string;
  level: "alarm" | "info" | "warning";
  title: string;
  text: string;
  state: DeliveryState;
  tried: number;
  repeated: boolean;
  detail: string;
  made: string;
  made_ms: number;
  ended: string | null;
  ended_ms: number | null;
  simulated: boolean;
}

/** How far it is; after an end nothing follows. */
export type DeliveryState = "delivered" | "dropped" | "failed" | "queued" | "sending" | "unsure";

/** Answer to GET …/history. With a metric its readings are here, else `series` has those of every metric. */
export interface DeviceHistory {
  device: string;
  simulated: boolean;
  from: string;
  to: string;
  breaks: BreakShown[];
  step_s?: number;
  metric?: string;
  unit?: string | null;
  truncated?: boolean;
  readings?: Measured[];
  series?: SeriesMeasured[];
}

/** Answer to GET /api/devices. */
export interface DeviceList {
  devices: DeviceShown[];
  more?: boolean;
}

/** A device in JSON. */
export interface DeviceShown {
  id: string;
  name: string;
  mac_address: string;
  firmware_version: string;
  status: DeviceStatus;
  status_reason: string;
  status_since: string | null;
  status_since_ms: number | null;
  flapping: boolean;
  simulated: boolean;
  created_at: string;
  last_seen_at: string | null;
  approved: boolean;
  pending: boolean;
  revoked: boolean;
  asset: string | null;
  asset_name: string | null;
  zone: string | null;
  kind: string;
  metrics: string[];
  sync: Sync;
  open_commands: number;
  swaps: SwapBrief[];
  capabilities: Record<string, unknown>;
  vitals: VitalsShown | null;
  missing: number;
  latest: Record<string, LatestValue>;
  window: WindowBrief | null;
}

/** Where a device is in its life (document 002). */
export type DeviceStatus = "error" | "offline" | "online" | "provisioning";

/** A kind of device that people know. */
export interface DeviceType {
  kind: string;
  name: string;
  metrics: Record<string, string | null>;
  verbs: Record<string, VerbKnown>;
  settings: Record<string, Setting>;
}

/** Answer to GET /api/device-types. */
export interface DeviceTypeList {
  types: DeviceType[];
}

/** A level: while a device is in this status. */
export interface DeviceWhen {
  kind: "device";
  /** The id a device was given */
  device: string;
  status: "error" | "offline" | "online";
}

/** A webhook of a Discord channel. */
export interface DiscordWay {
  kind: "discord";
  /** An address that is a secret; as shown: as it was */
  url?: string;
}

/** What the data folder is on. */
export interface Disk {
  kind: string;
  model: string;
  device: string;
  file_system: string;
  size_bytes: number;
}

/** What one sensor says of a part. */
export interface DriverShown {
  sensor: string;
  label: string;
  unit: string;
  value: number | null;
  baseline: number | null;
  limit: number | null;
  points: number | null;
}

/** A mailbox, over an SMTP server. */
export interface EmailWay {
  kind: "email";
  host: string;
  port?: number;
  security?: "none" | "starttls" | "tls";
  user?: string;
  password?: string;
  sender: string;
  to: string[];
}

/** Body of POST /api/rules/{rule}/enable. */
export interface EnableBody {
  mode: "live" | "off" | "shadow";
  despite?: boolean;
}

/** The token is said once. */
export interface EnrolCreated {
  token: string;
  uses: number;
  expires_at: string;
  expires_ms: number;
}

/** Answer to GET /api/anomalies, newest first. */
export interface EpisodeList {
  episodes: EpisodeShown[];
  more: boolean;
}

/** Something that was not as usual, from when it was first seen until it was as usual again. */
export interface EpisodeShown {
  id: string;
  asset: string;
  asset_name: string;
  device: string;
  metric: string;
  nature: Nature;
  opened: string;
  opened_ms: number;
  seen: string;
  seen_ms: number;
  closed: string | null;
  closed_ms: number | null;
  score: number;
  need: number;
  reason: string;
  signals: SignalShown[];
  model: string;
  correlation: string;
  verdict: Verdict;
  judged_by: string;
  judged: string | null;
  judged_ms: number | null;
  simulated: boolean;
}

/** Answer to GET /api/events, newest first. */
export interface EventList {
  events: EventShown[];
}

/** One event of the log. */
export interface EventShown {
  time: string;
  time_ms: number;
  kind: string;
  reason: string;
  device: string;
  metric: string;
  correlation: string;
  simulated: boolean;
  asset: string;
}

/** Of a fan. */
export interface FanTraits {
  kind: "fan";
  maker?: string;
  model?: string;
  power_w?: number | null;
}

/** Body of POST /api/anomalies/{episode}/feedback: `normal`, it is nothing; `right`, it was good to know. */
export interface FeedbackBody {
  verdict: "normal" | "right";
}

/** What rules did, newest first. */
export interface FiringList {
  firings: FiringShown[];
  more: boolean;
}

/** A rule has fired: why, and what was done. */
export interface FiringShown {
  id: string;
  rule: string;
  rule_name: string;
  version: number;
  part: "else" | "safe" | "then";
  mode: Mode;
  time: string;
  time_ms: number;
  noted: string;
  noted_ms: number;
  why: string;
  causes: CauseShown[];
  since: string | null;
  since_ms: number | null;
  acts: ActShown[];
  outcome: "done" | "held" | "interrupted" | "late" | "pending" | "refused" | "skipped" | "tripped" | "would";
  depth: number;
  correlation: string;
  simulated: boolean;
}

/** Body of POST /api/first-run: the code the gateway printed, and the password to sign in with from now on. */
export interface FirstRun {
  code: string;
  password: string;
}

/** Body of POST /api/devices/{id}/forget: the ids of lessons; without any, all of them. */
export interface ForgetBody {
  lessons?: string[];
}

/** What is left of one device that the registry does not know. */
export interface Ghost {
  device: string;
  topics: string[];
  series: boolean;
}

/** Answer to GET /api/health. */
export interface HealthShown {
  status: string;
  version: string;
  demo: boolean;
  parts: Record<string, PartHealth>;
}

/** Of a water heater. */
export interface HeaterTraits {
  kind: "water_heater";
  maker?: string;
  model?: string;
  litres?: number | null;
  power_w?: number | null;
}

/** How often and how long one reason held the rule back while its trigger was true. */
export interface HeldBackShown {
  reason: string;
  count: number;
  longest_s: number;
}

/** Body of POST /api/rules/import: what GET /api/rules/export gave, and how far these rules may go. */
export interface ImportBody {
  format?: 1;
  rules?: Carried[];
  scenes?: Record<string, SceneDraft>;
  mode?: "off" | "shadow";
}

/** Points of the health in 30 days, negative is worse, and the range it lies in nine times of ten. */
export interface IndexTrendShown {
  per_month: number;
  low: number;
  high: number;
}

/** One input of the next decision as it stands now. */
export interface InputShown {
  name: string;
  value: number | null;
  unit: string;
  age_s: number | null;
  used: boolean;
  why: string;
}

/** What is meant. `action` of a query: value, state, history (`value`: min, max, mean, trend), list (`parameter`: devices, rules, alerts, plants, timers, scenes, commands, zones), plants, health, status, help. Of a command: a verb of `capabilities`, or resume, run_scene, mute_alerts (`value`: minutes), unmute_alerts, acknowledge, undo, confirm, decline, enable_rule, disable_rule, delete_rule. Of a rule: the verb of the first thing it does. Of explain: why, why_not, advise. Of a question or none: what it was taken for, or nothing. */
export interface Intent {
  kind: "command" | "explain" | "none" | "query" | "question" | "rule";
  action?: string;
  device?: string;
  place?: string;
  parameter?: string;
  value?: number | string | null;
  condition?: Condition | null;
  schedule?: Schedule | null;
  reply?: string;
  unit?: string;
  also?: Intent[];
  conditions?: Condition[];
  joined?: "" | "all" | "any";
  rule?: Rule | null;
  missing?: string[];
  confirm?: string;
  candidates?: Candidate[];
  corrected?: ([string, string])[];
  source?: "assistant" | "grammar";
}

/** Body of POST /api/telegram/pairing: for how long the code counts, and what the person may do. */
export interface InvitationBody {
  minutes?: number;
  scope?: Scope;
}

/** A code that makes one person known, once: `/pair CODE` in a private chat with the bot. */
export interface InvitationShown {
  code: string;
  until: string;
  until_ms: number;
  link: string;
}

/** The newest value of one metric, under the time it was measured. */
export interface LatestValue {
  value: number;
  time: string;
  time_ms: number;
  age_s: number;
  unit: string | null;
  quality: string[];
  correlation: string;
}

/** A window's lessons, oldest first. The same may be brought in again, here or at another window. */
export interface LessonList {
  format?: 1;
  device?: string;
  simulated?: boolean;
  lessons: LessonShown[];
}

/** What somebody wanted, when, and what was learnt of it in words. */
export interface LessonShown {
  /** The id of what somebody wanted of a window */
  id: string;
  time_ms: number;
  position: number;
  who: string;
  source: "api" | "command" | "hand";
  learnt?: string;
  moment: MomentShown;
}

/** A logger that says more, or less, until then. */
export interface LevelChangeShown {
  logger: string;
  level: string;
  until: string;
  until_ms: number;
}

/** How long the card will last: always an estimate. */
export interface Life {
  text: string;
  basis: string;
  years: number | null;
}

/** Answer to GET and PUT /api/log. */
export interface LogShown {
  level: string;
  changes: LevelChangeShown[];
}

/** Body of PUT /api/log. `logger` is the gateway, or a part of it such as `gateway.backends.broker`. */
export interface LogWanted {
  level: "debug" | "error" | "info" | "warning";
  minutes?: number;
  logger?: string;
}

/** One series that a rule looks at now. */
export interface LookShown {
  path: string;
  device: string;
  metric: string;
}

/** Rules that feed each other, or one that feeds itself. `certain`: by commands, timers or states; else by what actuators do to what is measured. */
export interface LoopShown {
  rules: string[];
  certain: boolean;
  text: string;
}

/** Answer to GET /api/insight/health: every pump, fan and water heater. */
export interface MachineHealthList {
  assets: MachineHealthShown[];
}

/** How well a machine is: as well as its worst part. */
export interface MachineHealthShown {
  asset: string;
  name: string;
  kind: AssetKind;
  baseline: "collecting" | "frozen" | "none";
  health: number | null;
  text: string;
  components: ComponentShown[];
  simulated: boolean;
}

/** Answer to GET /api/insight/maintenance: parts, the soonest end first; those of which too little is known last. */
export interface MaintenanceList {
  items: ComponentShown[];
}

/** Answer to GET /api/session. */
export interface Me {
  signed_in: boolean;
  name: string;
  scope: Scope | null;
  first_run: boolean;
  demo: boolean;
  version: string;
}

/** One measured value; or those of one step, which begins at `time`: `value` is their mean, without impossible ones. `minimum`, `maximum` and `count` are of a step. */
export interface Measured {
  time: string;
  time_ms: number;
  value: number;
  minimum?: number;
  maximum?: number;
  count?: number;
  quality?: string[];
}

/** An input that was not used. */
export interface MissingShown {
  name: string;
  why: "doubtful" | "stale" | "unknown";
  detail: string;
}

/** How far a rule may go. */
export type Mode = "live" | "off" | "shadow" | "tripped";

/** Answer to GET /api/models. */
export interface ModelList {
  models: ModelShown[];
}

/** A model with its versions. */
export interface ModelShown {
  name: string;
  active: number | null;
  previous: number | null;
  shadow: number | null;
  since: string | null;
  since_ms: number;
  probation: number;
  trouble: string;
  rolled_back: string;
  compared: number;
  mean_difference: number;
  versions: VersionShown[];
  card: string;
}

/** What was known when it was learnt; what is not there was not known. Units are in the names. */
export interface MomentShown {
  time_ms: number;
  hour: number;
  day: number;
  temperature_c?: number | null;
  humidity_pct?: number | null;
  sound_db?: number | null;
  character?: Character | null;
  co2_ppm?: number | null;
  outdoor_temperature_c?: number | null;
  outdoor_humidity_pct?: number | null;
  outdoor_mean_c?: number | null;
  rain_mm_h?: number | null;
  wind_m_s?: number | null;
  position_pct?: number | null;
  shut_h?: number | null;
}

/** Where the broker is. */
export interface MqttAddress {
  host: string;
  port: number;
  tls: boolean;
}

/** The password is said once. */
export interface MqttCreated {
  name: string;
  scope: Scope;
  mqtt_username: string;
  mqtt_password: string;
  mqtt: MqttAddress;
  ca_pem: string;
}

/** Body of POST /api/alerts/mute; 0 minutes: everything comes again. */
export interface MuteBody {
  minutes: number;
}

/** Until when only alarms come; 0: nothing is muted. */
export interface MuteShown {
  until: string | null;
  until_ms: number;
}

/** What an episode is about. */
export type Nature = "machine" | "sensor" | "unusual";

/** A plant that is made for the device. */
export interface NewPlant {
  /** A name people give; it has a letter or digit */
  name: string;
  species?: string | null;
  /** Limits by metric; null: there is none */
  thresholds?: Record<string, Band>;
  zone?: string | null;
  inside?: string | null;
}

/** Not this. */
export interface NotIf {
  kind: "not";
  of: AllIf | AnyIf | NotIf | CompareIf | BetweenIf | TimeIf | SunIf | StateIf | AlertIf | AnomalyIf | TimerIf;
}

/** Tell people. */
export interface NotifyThen {
  kind: "notify";
  text: string;
  level?: "alarm" | "info" | "warning";
}

/** A topic of ntfy.sh or of a server of one's own. */
export interface NtfyWay {
  kind: "ntfy";
  /** An address */
  url?: string;
  topic: string;
  token?: string;
}

/** Answer to GET /api/channels/{channel}/outbox: what waits, in its order. */
export interface OutboxShown {
  deliveries: DeliveryShown[];
  waiting: number;
}

/** What became of a decision. */
export type Outcome = "away" | "done" | "failed" | "held" | "kept" | "sent" | "unanswered" | "waiting";

/** Of what is outside. */
export interface OutdoorTraits {
  kind: "outdoor";
}

/** Body of POST /api/devices/{id}/override. Without `until` it holds for the gateway's usual time. */
export interface OverrideBody {
  /** In percent: 0 is shut, 100 fully open */
  position: number;
  /** Such as 2026-01-07T12:00:00Z (UTC when it names no zone), or UTC milliseconds */
  until?: string;
}

/** What came of wanting something: the order that went to the window, and the limits this goes against. */
export interface OverrideMade {
  id: string;
  device: string;
  time: string;
  time_ms: number;
  until: string;
  until_ms: number;
  position: number;
  who: string;
  source: "api" | "command" | "hand";
  holds: boolean;
  teaches: boolean;
  learnt: string;
  revoked: boolean;
  simulated: boolean;
  command: CommandShown;
  warnings: string[];
}

/** What somebody wanted of a window. */
export interface OverrideShown {
  id: string;
  device: string;
  time: string;
  time_ms: number;
  until: string;
  until_ms: number;
  position: number;
  who: string;
  source: "api" | "command" | "hand";
  holds: boolean;
  teaches: boolean;
  learnt: string;
  revoked: boolean;
  simulated: boolean;
}

/** Body of POST /api/devices/{id}/quality/{metric}. What is absent stays as it is. `normal`: true for everything that is flagged now, false for nothing any more, or the names of what never is wrong. */
export interface OwnersWord {
  normal?: boolean | ("drift" | "jump" | "stale" | "stuck")[];
  low?: number | null;
  high?: number | null;
}

/** Body of POST /api/pairing; 0 minutes closes it. */
export interface PairingBody {
  minutes?: number;
}

/** Whether the window is open, and until when. */
export interface PairingShown {
  open: boolean;
  until: string | null;
  until_ms: number | null;
}

/** How one part of the gateway is. `detail` is for everybody to read: no names, no secrets. */
export interface PartHealth {
  ok: boolean;
  detail: string;
}

/** Answer to GET /api/telegram/people, by name. */
export interface PersonList {
  people: PersonShown[];
}

/** A person who was paired, or a group that alerts go to. */
export interface PersonShown {
  id: number;
  name: string;
  scope: Scope;
  chat: number;
  alerts: boolean;
  paired: string;
  paired_ms: number;
  by: string;
}

/** Answer to GET …/history. With a metric its readings are here, else `series` has those of every metric. */
export interface PlaceHistory {
  asset: string;
  simulated: boolean;
  from: string;
  to: string;
  spans: SpanShown[];
  breaks: BreakShown[];
  step_s?: number;
  metric?: string;
  unit?: string | null;
  truncated?: boolean;
  readings?: Measured[];
  series?: SeriesMeasured[];
}

/** What has that name. */
export interface PlaceShown {
  what: "asset" | "device" | "zone";
  id: string;
  name: string;
}

/** The newest value of one metric of a place; of several sensors their mean, under the oldest time. */
export interface PlaceValue {
  value: number;
  unit: string | null;
  time: string;
  time_ms: number;
  age_s: number;
  quality: string[];
  simulated: boolean;
  devices: string[];
}

/** Body of POST /api/plants. Without `id` one is made from the name. */
export interface PlantBody {
  /** A name people give; it has a letter or digit */
  name: string;
  /** The id of a zone or an asset */
  id?: string;
  species?: string | null;
  /** Limits by metric; null: there is none */
  thresholds?: Record<string, Band>;
  zone?: string | null;
  inside?: string | null;
  /** What it is called besides its name */
  synonyms?: string[];
}

/** Body of PUT /api/plants/{plant}; what is absent stays. `thresholds` are replaced as a whole. */
export interface PlantChange {
  /** A name people give; it has a letter or digit */
  name?: string;
  species?: string | null;
  /** Limits by metric; null: there is none */
  thresholds?: Record<string, Band>;
  zone?: string | null;
  inside?: string | null;
  /** What it is called besides its name */
  synonyms?: string[];
}

/** Answer to GET /api/plants. */
export interface PlantList {
  plants: PlantShown[];
}

/** A plant in JSON. */
export interface PlantShown {
  id: string;
  name: string;
  species: string | null;
  thresholds: Record<string, Band>;
  created_at: string;
  status: PlantStatus;
  zone: string | null;
  inside: string | null;
  synonyms: string[];
  latest: Record<string, LatestValue>;
  devices: string[];
  breaches: BreachShown[];
  suggested_thresholds: Record<string, Band>;
  simulated: boolean;
}

/** How a plant is. */
export type PlantStatus = "alert" | "ok" | "unassigned" | "unknown";

/** Of a plant. */
export interface PlantTraits {
  kind: "plant";
  species?: string | null;
  thresholds?: Record<string, Band>;
}

/** One thing that is wrong, and where: `if.of[0].value`. */
export interface ProblemAt {
  path: string;
  reason: string;
}

/** The body of every error. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  correlation: string;
  key?: string;
  reason?: string;
  problems?: ProblemAt[];
}

/** Body of POST /api/models/{model}/promote: the version; without one, the shadow. */
export interface PromoteBody {
  version?: number;
}

/** What waits for a yes, or for one of the `choices`. */
export interface ProposalShown {
  id: string;
  text: string;
  choices: string[];
  until: string;
  until_ms: number;
}

/** Body of POST /api/devices/{id}/provision: one of `asset_id`, `plant_id` and `new_plant`. `since`: it has stood there since then; without it from now on. */
export interface ProvisionBody {
  /** The id of a zone or an asset */
  asset_id?: string;
  /** The id of a zone or an asset */
  plant_id?: string;
  new_plant?: NewPlant;
  /** Such as 2026-01-07T12:00:00Z (UTC when it names no zone), or UTC milliseconds */
  since?: string;
}

/** Of a pump. */
export interface PumpTraits {
  kind: "pump";
  maker?: string;
  model?: string;
  power_w?: number | null;
}

/** Answer to GET /api/quality. */
export interface QualityShown {
  flagged: SeriesShown[];
  thresholds: ThresholdShown[];
  ghosts: Ghost[];
}

/** Answer to GET /api/quarantine, newest first. */
export interface QuarantineList {
  quarantine: QuarantineShown[];
}

/** One message; `payload` as text when it is text, else `payload_base64`. Long ones are cut. */
export interface QuarantineShown {
  id: number;
  device: string;
  topic: string;
  reason: string;
  time: string;
  time_ms: number;
  size: number;
  payload: string | null;
  payload_base64: string | null;
  correlation: string;
}

/** The reading that a correlation id names. */
export interface ReadingShown {
  device: string;
  boot: string;
  seq: number;
  time: string;
  time_ms: number;
  values: Record<string, number>;
  quality: Record<string, string[]>;
  simulated: boolean;
}

/** Body of POST /api/devices/{id}/recording: for how long its sound is kept. */
export interface RecordingBody {
  minutes: number;
}

/** Answer to GET /api/recordings, newest first. */
export interface RecordingList {
  recordings: RecordingShown[];
  running: RunningShown[];
}

/** One file of sound, as WAV at /api/recordings/{id}. */
export interface RecordingShown {
  id: string;
  device: string;
  time: string;
  time_ms: number;
  seconds: number;
  bytes: number;
  simulated: boolean;
}

/** What a new device says of itself; keys a later firmware may add are ignored. */
export interface RegisterBody {
  /** One device's hardware address */
  mac_address: string;
  firmware_version: string;
  token?: string | null;
  capabilities?: Record<string, unknown>;
}

/** Everything a device needs from now on; said once. */
export interface Registered {
  device_id: string;
  mqtt_username: string;
  mqtt_password: string;
  mqtt: MqttAddress;
  ca_pem: string;
}

/** How an asset stands to another: a plant is inside a room, a pump feeds a plant. */
export interface Relation {
  kind: "feeds" | "inside" | "next_to" | "serves";
  asset: string;
}

/** Days until the limit, if it is used as it was. */
export interface RemainingShown {
  low_days: number;
  likely_days: number;
  high_days: number | null;
  confidence: number;
}

/** A decision made once more from its stored inputs, by its own model and with the lessons of then. */
export interface ReplayShown {
  identical: boolean;
  was: number;
  now: number;
  model: string;
  why: string;
}

/** Of a room. */
export interface RoomTraits {
  kind: "room";
  use?: string;
  area_m2?: number | null;
  volume_m3?: number | null;
}

/** What a person writes: when this, if that, then do. */
export interface Rule {
  /** A name people give; it has a letter or digit */
  name: string;
  description?: string;
  format?: 1;
  when?: ValueWhen | ChangeWhen | TimeWhen | SunWhen | DeviceWhen | AlertWhen | AnomalyWhen | CommandWhen | AnyWhen | null;
  if?: AllIf | AnyIf | NotIf | CompareIf | BetweenIf | TimeIf | SunIf | StateIf | AlertIf | AnomalyIf | TimerIf | null;
  for_s?: number;
  hysteresis?: number;
  cooldown_s?: number;
  then: (CommandThen | WindowThen | NotifyThen | ShadowThen | TimerThen | CancelThen | SceneThen)[];
  else?: (CommandThen | WindowThen | NotifyThen | ShadowThen | TimerThen | CancelThen | SceneThen)[];
  safe?: (CommandThen | WindowThen | NotifyThen | ShadowThen | TimerThen | CancelThen | SceneThen)[];
  catch_up?: "late" | "safe" | "skip";
  priority?: number;
}

/** What is known of a rule before it is kept. */
export interface RuleCheckShown {
  text: string;
  ok: boolean;
  problems: ProblemAt[];
  warnings: ProblemAt[];
  conflicts: ConflictShown[];
  loops: LoopShown[];
  series: LookShown[];
}

/** All rules and scenes, as import takes them. */
export interface RuleExport {
  format: number;
  rules: Carried[];
  scenes: Record<string, SceneDraft>;
}

/** How much was brought in. */
export interface RuleImportShown {
  rules: number;
  scenes: number;
}

/** Answer to GET /api/rules, by name. */
export interface RuleList {
  rules: RuleShown[];
}

/** Answer to POST /api/rules/parse. */
export interface RuleParsed {
  intent: Intent;
  rule: Rule;
  text: string;
  check: RuleCheckShown;
}

/** A rule as it was understood, what is known of it, and when it would have fired in the last days. */
export interface RuleReadBack {
  text: string;
  check: RuleCheckShown;
  backtest: BacktestShown | null;
}

/** Whether the same evaluator, fed what was stored, fires as it did. */
export interface RuleReplayShown {
  from: string;
  from_ms: number;
  to: string;
  to_ms: number;
  live: number;
  replayed: number;
  same: boolean;
  differences: string[];
  not_comparable: string;
}

/** A rule and how it stands. */
export interface RuleShown {
  id: string;
  name: string;
  text: string;
  mode: Mode;
  version: number;
  priority: number;
  by: string;
  changed: string;
  changed_ms: number;
  live: string | null;
  live_ms: number | null;
  last_fired: string | null;
  last_fired_ms: number | null;
  firings_24h: number;
  holds: boolean;
  state: "held back" | "holds" | "not true" | "off" | "unknown" | "waiting";
  reason: string;
  simulated: boolean;
  rule: Rule;
}

/** A device's sound is being kept, until then or until the gateway stops. */
export interface RunningShown {
  device: string;
  until: string;
  until_ms: number;
  simulated: boolean;
}

/** What a person writes. */
export interface SceneDraft {
  /** A name people give; it has a letter or digit */
  name: string;
  then: (CommandThen | WindowThen | ShadowThen)[];
}

/** Answer to GET /api/scenes, by name. */
export interface SceneList {
  scenes: SceneShown[];
}

/** What became of everything that a scene does. */
export interface SceneRunShown {
  acts: ActShown[];
}

/** Several things done at once under one name. */
export interface SceneShown {
  id: string;
  name: string;
  text: string;
  then: (CommandThen | WindowThen | ShadowThen)[];
  created_at: string;
  simulated: boolean;
}

/** Run a scene. */
export interface SceneThen {
  kind: "scene";
  /** The id of a zone or an asset */
  scene: string;
}

/** When, for how long, and when not. */
export interface Schedule {
  for_s?: number;
  after_s?: number;
  at?: string;
  in_days?: number | null;
  days?: ("fri" | "mon" | "sat" | "sun" | "thu" | "tue" | "wed")[];
  every_s?: number;
  from?: string;
  to?: string;
  not?: [string, string] | null;
}

/** How much a program may do; each includes the one before. */
export type Scope = "admin" | "operate" | "read";

/** Body of POST /api/rules/parse. */
export interface SentenceBody {
  text: string;
}

/** What was measured of one metric. */
export interface SeriesMeasured {
  metric: string;
  unit: string | null;
  truncated: boolean;
  readings: Measured[];
}

/** One series that is flagged. */
export interface SeriesShown {
  device: string;
  metric: string;
  quality: string[];
  reason: string;
  simulated: boolean;
}

/** One argument of a verb, or one key of the configuration. */
export interface Setting {
  kind?: "bool" | "number" | "object" | "text" | "whole";
  min?: number | null;
  max?: number | null;
  choices?: string[];
  unit?: string | null;
  required?: boolean;
}

/** Body of PATCH /api/devices/{id}/shadow: a merge patch (RFC 7396) for `desired`, in which null removes a key. `state` is another word for `desired`, as it is called on MQTT; one of them is given. With `version` it is refused when desired has another version by now. */
export interface ShadowPatch {
  desired?: Record<string, unknown>;
  state?: Record<string, unknown>;
  version?: number;
}

/** Both sides of a device's shadow. */
export interface ShadowShown {
  device: string;
  sync: Sync;
  desired: ShadowSide;
  reported: ShadowSide;
  delta: Record<string, unknown>;
  simulated: boolean;
}

/** What is wanted, or what the node says. Version 0: nothing ever was. */
export interface ShadowSide {
  version: number;
  state: Record<string, unknown>;
  time: string | null;
  time_ms: number | null;
  by: string;
}

/** Wish for a configuration: part of a device's desired state. */
export interface ShadowThen {
  kind: "shadow";
  /** The id a device was given */
  device: string;
  desired: Record<string, unknown>;
}

/** What another version of the model would have decided; `error`: it failed. */
export interface ShadowedShown {
  model: string;
  position: number;
  confidence: number;
  error: string;
}

/** How much of the time a leaf of the rule was true, 0 to 1. */
export interface ShareShown {
  path: string;
  text: string;
  share_true: number;
  share_unknown: number;
}

/** Body of POST /api/session: the password, or the code of a one-time link. */
export interface SignIn {
  password?: string | null;
  code?: string | null;
}

/** `link` is the panel's address as this machine knows it; `code` works under every other address of it too. */
export interface SignInCreated {
  code: string;
  link: string;
  expires_at: string;
  expires_ms: number;
}

/** One thing that was not as usual. Without a device it is of the machine's baseline as a whole. */
export interface SignalShown {
  device: string;
  metric: string;
  nature: Nature;
  text: string;
  time: string;
  time_ms: number;
  score: number;
}

/** Body of POST /api/signers: the public Ed25519 key, base64 of its 32 bytes. */
export interface SignerBody {
  /** Whose signature counts */
  name: string;
  key: string;
}

/** Answer to GET and POST /api/signers. */
export interface SignerList {
  signers: SignerShown[];
}

/** A key that counts, and who said so. */
export interface SignerShown {
  name: string;
  fingerprint: string;
  who: string;
  added: string | null;
  added_ms: number | null;
}

/** One device's part in an answer. */
export interface SourceShown {
  device: string;
  asset: string | null;
  value: number;
  time: string;
  time_ms: number;
  quality: string[];
  simulated: boolean;
  correlation: string;
}

/** Room on the data folder's file system. */
export interface Space {
  total_bytes: number;
  free_bytes: number;
  warn_below_bytes: number;
  free_files_pct: number | null;
}

/** A device measured the place in [from, to). */
export interface SpanShown {
  device: string;
  simulated: boolean;
  from: string;
  from_ms: number;
  to: string;
  to_ms: number;
}

/** Answer to GET /api/species. */
export interface SpeciesList {
  species: SpeciesShown[];
}

/** A species of plant with the limits it is comfortable in: a suggestion, never set by itself. */
export interface SpeciesShown {
  name: string;
  latin: string;
  synonyms: string[];
  thresholds: Record<string, Band>;
}

/** What an answer speaks of, to be drawn. */
export interface SpokenSeries {
  device: string;
  metric: string;
}

/** A device's status (`online`, `offline`, `error`), or a key of the state that it reports, is this. */
export interface StateIf {
  kind: "state";
  /** The id a device was given */
  device: string;
  key?: string;
  is: string | number | boolean;
}

/** One thing that happened to a command. */
export interface StepShown {
  status: CommandStatus;
  time: string;
  time_ms: number;
  detail: string;
  late: boolean;
}

/** The sun is up or down; `offset_s` moves both sunrise and sunset later (negative: earlier). */
export interface SunIf {
  kind: "sun";
  is: "down" | "up";
  offset_s?: number;
}

/** A moment: sunrise or sunset where the site is, or so many seconds after it (negative: before). */
export interface SunWhen {
  kind: "sun";
  event: "sunrise" | "sunset";
  offset_s?: number;
  days?: ("fri" | "mon" | "sat" | "sun" | "thu" | "tue" | "wed")[];
}

/** Body of POST /api/devices/{id}/swap. `replacement` is the id under which the new hardware is known already. Without it the answer has a token, and whoever registers with it within `minutes` becomes the device. */
export interface SwapBody {
  replacement?: string | null;
  minutes?: number;
}

/** Other hardware took the device's place. */
export interface SwapBrief {
  time: string;
  time_ms: number;
  before_mac: string;
  after_mac: string;
  breaks: boolean;
}

/** What came of a swap. The token is said once; null: the replacement was named. */
export interface SwapShown {
  device: DeviceShown;
  token: string | null;
  expires_at: string | null;
  expires_ms: number | null;
  warnings: string[];
}

/** How far both sides of a shadow agree. */
export type Sync = "differs" | "in_sync" | "none" | "pending";

/** Answer to GET /api/system. */
export interface SystemShown {
  version: string;
  python: string;
  demo: boolean;
  time: string;
  time_ms: number;
  clock_known: boolean;
  up_s: number;
  board: Board;
  disk: Disk;
  space: Space;
  wear: WearShown;
  parts: Record<string, PartHealth>;
}

/** A bot; people are paired with it. */
export interface TelegramWay {
  kind: "telegram";
  /** From @BotFather */
  token?: string;
}

/** What the owner has said of one series. */
export interface ThresholdShown {
  device: string;
  metric: string;
  low: number | null;
  high: number | null;
  normal: string[];
}

/** The wall clock is in [from, to); over midnight it belongs to the day on which it began. */
export interface TimeIf {
  kind: "time";
  /** A time of the wall clock where the site is */
  from: string;
  /** A time of the wall clock where the site is */
  to: string;
  days?: ("fri" | "mon" | "sat" | "sun" | "thu" | "tue" | "wed")[];
}

/** A moment: a time of day, or every so many seconds counted from the local midnight. */
export interface TimeWhen {
  kind: "time";
  /** A time of the wall clock; empty: none */
  at?: string;
  every_s?: number;
  days?: ("fri" | "mon" | "sat" | "sun" | "thu" | "tue" | "wed")[];
}

/** A timer of this rule runs, or does not. */
export interface TimerIf {
  kind: "timer";
  /** A timer's name; the same one is armed anew */
  timer: string;
  running?: boolean;
}

/** Answer to GET /api/timers: armed ones first, the next first; then the others, the newest first. */
export interface TimerList {
  timers: TimerShown[];
}

/** Something to be done at a moment. */
export interface TimerShown {
  id: string;
  name: string;
  rule: string;
  rule_name: string;
  firing: string;
  text: string;
  state: TimerState;
  armed: string;
  armed_ms: number;
  due: string;
  due_ms: number;
  left_s: number | null;
  ended: string | null;
  ended_ms: number | null;
  detail: string;
  catch_up: "late" | "safe" | "skip";
  priority: number;
  actuator: string;
  shadow: boolean;
  correlation: string;
  simulated: boolean;
}

/** Where a timer is in its life; all but ARMED are ends. */
export type TimerState = "armed" | "cancelled" | "done" | "replaced" | "skipped";

/** Do something later; survives restarts. While it runs it is armed anew. */
export interface TimerThen {
  kind: "timer";
  /** A timer's name; the same one is armed anew */
  timer: string;
  after_s: number;
  then: (CommandThen | WindowThen | NotifyThen | ShadowThen | TimerThen | CancelThen | SceneThen)[];
}

/** Answer to GET /api/tokens. */
export interface TokenList {
  tokens: TokenShown[];
}

/** A token or service account without its secret. For a service account the id is its name. */
export interface TokenShown {
  kind: string;
  id: string;
  created_at: string;
  name?: string | null;
  scope?: Scope | null;
  uses_left?: number | null;
  expires_at?: string | null;
  mac?: string | null;
  per_hour?: number | null;
}

/** Answer to GET /api/trace/{correlation}: the steps in the order in which they happened. */
export interface TraceShown {
  correlation: string;
  reading: ReadingShown | null;
  steps: TraceStep[];
}

/** Something that was caused. `what` names the log it is from: `event`, `audit`, … */
export interface TraceStep {
  what: string;
  time: string;
  time_ms: number;
  kind: string;
  who: string;
  text: string;
  simulated: boolean;
}

/** Answer to GET /api/values: one value; of several sensors their mean, under the oldest time. */
export interface ValueFound {
  place: PlaceShown;
  zone: string | null;
  metric: string;
  unit: string | null;
  value: number;
  time: string;
  time_ms: number;
  age_s: number;
  quality: string[];
  simulated: boolean;
  sources: SourceShown[];
  text: string;
}

/** A level: while a value compares so. */
export interface ValueWhen {
  kind: "value";
  /** The id of a device; empty: none */
  device?: string;
  /** The id of a zone or an asset; empty: none */
  asset?: string;
  /** The id of a zone or an asset; empty: none */
  zone?: string;
  /** What is measured, such as temperature */
  metric: string;
  of?: "all" | "any" | "max" | "mean" | "min";
  window_s?: number;
  aggregate?: "count" | "max" | "mean" | "min" | "rate" | "rise" | "sum" | null;
  hysteresis?: number | null;
  operator: "!=" | "<" | "<=" | "==" | ">" | ">=";
  value: number;
}

/** What a verb takes. */
export interface VerbKnown {
  args?: Record<string, Setting>;
  relative?: boolean;
}

/** What a person says of an episode. */
export type Verdict = "" | "normal" | "right";

/** Answer to POST /api/models/{model}/verify. */
export interface VerifyShown {
  checks: CheckShown[];
}

/** One version on the shelf. */
export interface VersionShown {
  version: number;
  state: "active" | "kept" | "previous" | "shadow";
  signer: string;
  sha256: string;
  bytes: number;
  p99_ms: number | null;
  made: string;
  bundled: boolean;
  figures: Record<string, number>;
}

/** What a node said of itself in its last heartbeat; null: it did not. */
export interface VitalsShown {
  time: string;
  time_ms: number;
  uptime_s: number | null;
  boot: string | null;
  free_heap_bytes: number | null;
  rssi_dbm: number | null;
  firmware: string | null;
  self_test: string | null;
}

/** An operator has to approve; ask for the claim again later. */
export interface Waiting {
  claim: string;
  retry_after_s: number;
}

/** What is written to the disk. What is null is not known, or not yet. */
export interface WearShown {
  measured: boolean;
  budget_bytes_per_day: number;
  over_budget: boolean;
  today: DayShown;
  days: DayShown[];
  part_bytes_per_day: Record<string, number>;
  total_bytes_per_day: number | null;
  disk_bytes_per_day: number | null;
  life: Life;
}

/** An address that takes JSON; with a secret each message carries its HMAC-SHA256. */
export interface WebhookWay {
  kind: "webhook";
  /** An address */
  url: string;
  secret?: string;
}

/** How a rule stands now: what each part of it says, and what holds it back. */
export interface WhyShown {
  rule: string;
  name: string;
  text: string;
  mode: Mode;
  holds: boolean;
  state: "held back" | "holds" | "not true" | "off" | "unknown" | "waiting";
  reason: string;
  trigger: "false" | "true" | "unknown";
  causes: CauseShown[];
  time: string;
  time_ms: number;
  since: string | null;
  since_ms: number | null;
  waits_until: string | null;
  waits_until_ms: number | null;
  cooldown_until: string | null;
  cooldown_until_ms: number | null;
  next: string | null;
  next_ms: number | null;
  simulated: boolean;
}

/** A window as it was decided about last; null: it was not yet. */
export interface WindowBrief {
  position: number | null;
  confidence: number | null;
  why: string;
  time_ms: number | null;
  held_until_ms: number | null;
}

/** Answer to GET /api/devices/{id}/window. */
export interface WindowShown {
  mode: string;
  position: number | null;
  comfort: number | null;
  newest: DecisionShown | null;
  hold: OverrideShown | null;
  next_s: number | null;
  inputs: InputShown[];
  lessons: number;
  simulated: boolean;
}

/** A window's position in percent; on an asset: of all its windows. */
export interface WindowThen {
  kind: "window";
  /** The id of a device; empty: none */
  device?: string;
  /** The id of a zone or an asset; empty: none */
  asset?: string;
  position: number;
  for_s?: number;
}

/** A firing that would have been, and until when the rule held then (null: it still does, or it was a moment). */
export interface WouldFireShown {
  time: string;
  time_ms: number;
  until: string | null;
  until_ms: number | null;
  part: "else" | "safe" | "then";
  why: string;
}

/** Body of POST /api/zones. Without `id` one is made from the name. */
export interface ZoneBody {
  /** A name people give; it has a letter or digit */
  name: string;
  /** The id of a zone or an asset */
  id?: string;
  parent?: string | null;
  /** What it is called besides its name */
  synonyms?: string[];
}

/** Body of PUT /api/zones/{zone}; what is absent stays. */
export interface ZoneChange {
  /** A name people give; it has a letter or digit */
  name?: string;
  parent?: string | null;
  /** What it is called besides its name */
  synonyms?: string[];
}

/** Answer to GET /api/zones. */
export interface ZoneList {
  zones: ZoneShown[];
}

/** A zone in JSON. */
export interface ZoneShown {
  id: string;
  name: string;
  parent: string | null;
  synonyms: string[];
  created_at: string;
  assets: AssetBrief[];
  values: Record<string, PlaceValue>;
  simulated: boolean;
}

export const api = {
  /** Who is asking. */
  getSession(signal?: AbortSignal): Promise<Me> {
    return request<Me>("GET", "session", { signal });
  },
  /** Sign a browser in. */
  postSession(body: SignIn, signal?: AbortSignal): Promise<Me> {
    return request<Me>("POST", "session", { body, signal });
  },
  /** Sign this browser out. */
  deleteSession(signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", "session", { signal });
  },
  /** Choose the first password. */
  postFirstRun(body: FirstRun, signal?: AbortSignal): Promise<Me> {
    return request<Me>("POST", "first-run", { body, signal });
  },
  /** Tokens and accounts, without their secrets. */
  getTokens(signal?: AbortSignal): Promise<TokenList> {
    return request<TokenList>("GET", "tokens", { signal });
  },
  /** A new token, account or sign-in link. */
  postTokens(body: CreateEnrol | CreateApi | CreateMqtt | CreateSignIn, signal?: AbortSignal): Promise<EnrolCreated | ApiCreated | MqttCreated | SignInCreated> {
    return request<EnrolCreated | ApiCreated | MqttCreated | SignInCreated>("POST", "tokens", { body, signal });
  },
  /** End a token. */
  deleteTokens(query: { kind: "api" | "enrol" | "mqtt"; id: string }, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `tokens${search(query)}`, { signal });
  },
  /** End a token or account at once. */
  deleteTokensKindToken(kind: string, token: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `tokens/${encodeURIComponent(kind)}/${encodeURIComponent(token)}`, { signal });
  },
  /** Whether new devices may ask to join. */
  getPairing(signal?: AbortSignal): Promise<PairingShown> {
    return request<PairingShown>("GET", "pairing", { signal });
  },
  /** Let new devices ask to join for a while. */
  postPairing(body: PairingBody, signal?: AbortSignal): Promise<PairingShown> {
    return request<PairingShown>("POST", "pairing", { body, signal });
  },
  /** Close the pairing window. */
  deletePairing(signal?: AbortSignal): Promise<PairingShown> {
    return request<PairingShown>("DELETE", "pairing", { signal });
  },
  /** Ask to join as a device. */
  postDevicesRegister(body: RegisterBody, signal?: AbortSignal): Promise<Registered | Waiting> {
    return request<Registered | Waiting>("POST", "devices/register", { body, signal });
  },
  /** Collect the credentials once an operator has approved. */
  getDevicesRegisterClaim(claim: string, signal?: AbortSignal): Promise<Registered | Waiting> {
    return request<Registered | Waiting>("GET", `devices/register/${encodeURIComponent(claim)}`, { signal });
  },
  /** All devices. */
  getDevices(query: { status?: "error" | "offline" | "online" | "provisioning"; asset?: string; zone?: string; unassigned?: boolean; limit?: number; after?: string } = {}, signal?: AbortSignal): Promise<DeviceList> {
    return request<DeviceList>("GET", `devices${search(query)}`, { signal });
  },
  /** One device. */
  getDevicesId(id: string, signal?: AbortSignal): Promise<DeviceShown> {
    return request<DeviceShown>("GET", `devices/${encodeURIComponent(id)}`, { signal });
  },
  /** Name a device. */
  patchDevicesId(id: string, body: Amendment, signal?: AbortSignal): Promise<DeviceShown> {
    return request<DeviceShown>("PATCH", `devices/${encodeURIComponent(id)}`, { body, signal });
  },
  /** Forget a device and what it measured. */
  deleteDevicesId(id: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `devices/${encodeURIComponent(id)}`, { signal });
  },
  /** Let a waiting device join. */
  postDevicesIdApprove(id: string, signal?: AbortSignal): Promise<DeviceShown> {
    return request<DeviceShown>("POST", `devices/${encodeURIComponent(id)}/approve`, { signal });
  },
  /** End a device's access at once. */
  postDevicesIdRevoke(id: string, signal?: AbortSignal): Promise<DeviceShown> {
    return request<DeviceShown>("POST", `devices/${encodeURIComponent(id)}/revoke`, { signal });
  },
  /** The kinds of devices and what they can do. */
  getDeviceTypes(signal?: AbortSignal): Promise<DeviceTypeList> {
    return request<DeviceTypeList>("GET", "device-types", { signal });
  },
  /** Species of plants and what they like. */
  getSpecies(query: { q?: string } = {}, signal?: AbortSignal): Promise<SpeciesList> {
    return request<SpeciesList>("GET", `species${search(query)}`, { signal });
  },
  /** Give a device an order. */
  postDevicesIdCommands(id: string, body: CommandBody, signal?: AbortSignal): Promise<CommandShown> {
    return request<CommandShown>("POST", `devices/${encodeURIComponent(id)}/commands`, { body, signal });
  },
  /** The orders of a device and what became of them. */
  getDevicesIdCommands(id: string, query: { limit?: number; before?: string; status?: "accepted" | "done" | "expired" | "failed" | "queued" | "sent" } = {}, signal?: AbortSignal): Promise<CommandList> {
    return request<CommandList>("GET", `devices/${encodeURIComponent(id)}/commands${search(query)}`, { signal });
  },
  /** One order. */
  getDevicesIdCommandsCommand(id: string, command: string, signal?: AbortSignal): Promise<CommandShown> {
    return request<CommandShown>("GET", `devices/${encodeURIComponent(id)}/commands/${encodeURIComponent(command)}`, { signal });
  },
  /** Take an order back that was not sent yet. */
  deleteDevicesIdCommandsCommand(id: string, command: string, signal?: AbortSignal): Promise<CommandShown> {
    return request<CommandShown>("DELETE", `devices/${encodeURIComponent(id)}/commands/${encodeURIComponent(command)}`, { signal });
  },
  /** What a device should be and says it is. */
  getDevicesIdShadow(id: string, signal?: AbortSignal): Promise<ShadowShown> {
    return request<ShadowShown>("GET", `devices/${encodeURIComponent(id)}/shadow`, { signal });
  },
  /** Change what a device should be. */
  patchDevicesIdShadow(id: string, body: ShadowPatch, signal?: AbortSignal): Promise<ShadowShown> {
    return request<ShadowShown>("PATCH", `devices/${encodeURIComponent(id)}/shadow`, { body, signal });
  },
  /** Assign a device to an asset, or to a plant made on the spot. */
  postDevicesIdProvision(id: string, body: ProvisionBody, signal?: AbortSignal): Promise<DeviceShown> {
    return request<DeviceShown>("POST", `devices/${encodeURIComponent(id)}/provision`, { body, signal });
  },
  /** Take a device away from its asset. */
  deleteDevicesIdProvision(id: string, signal?: AbortSignal): Promise<DeviceShown> {
    return request<DeviceShown>("DELETE", `devices/${encodeURIComponent(id)}/provision`, { signal });
  },
  /** Put new hardware in a device's place. */
  postDevicesIdSwap(id: string, body: SwapBody, signal?: AbortSignal): Promise<SwapShown> {
    return request<SwapShown>("POST", `devices/${encodeURIComponent(id)}/swap`, { body, signal });
  },
  /** What a device measured, as it was sent or condensed to steps. */
  getDevicesIdHistory(id: string, query: { metric?: string; from?: string; to?: string; step?: number } = {}, signal?: AbortSignal): Promise<DeviceHistory> {
    return request<DeviceHistory>("GET", `devices/${encodeURIComponent(id)}/history${search(query)}`, { signal });
  },
  /** Every zone with its newest values. */
  getZones(signal?: AbortSignal): Promise<ZoneList> {
    return request<ZoneList>("GET", "zones", { signal });
  },
  /** Make a zone. */
  postZones(body: ZoneBody, signal?: AbortSignal): Promise<ZoneShown> {
    return request<ZoneShown>("POST", "zones", { body, signal });
  },
  /** One zone with its newest values. */
  getZonesZone(zone: string, signal?: AbortSignal): Promise<ZoneShown> {
    return request<ZoneShown>("GET", `zones/${encodeURIComponent(zone)}`, { signal });
  },
  /** Change a zone. */
  putZonesZone(zone: string, body: ZoneChange, signal?: AbortSignal): Promise<ZoneShown> {
    return request<ZoneShown>("PUT", `zones/${encodeURIComponent(zone)}`, { body, signal });
  },
  /** Delete a zone that nothing is in. */
  deleteZonesZone(zone: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `zones/${encodeURIComponent(zone)}`, { signal });
  },
  /** Every asset with its newest values. */
  getAssets(query: { kind?: "fan" | "outdoor" | "plant" | "pump" | "room" | "water_heater"; zone?: string; inside?: string; capability?: string; q?: string } = {}, signal?: AbortSignal): Promise<AssetList> {
    return request<AssetList>("GET", `assets${search(query)}`, { signal });
  },
  /** Make an asset. */
  postAssets(body: AssetBody, signal?: AbortSignal): Promise<AssetShown> {
    return request<AssetShown>("POST", "assets", { body, signal });
  },
  /** One asset with its newest values. */
  getAssetsAsset(asset: string, signal?: AbortSignal): Promise<AssetShown> {
    return request<AssetShown>("GET", `assets/${encodeURIComponent(asset)}`, { signal });
  },
  /** Change an asset. */
  putAssetsAsset(asset: string, body: AssetChange, signal?: AbortSignal): Promise<AssetShown> {
    return request<AssetShown>("PUT", `assets/${encodeURIComponent(asset)}`, { body, signal });
  },
  /** Delete an asset; its devices stay, unassigned. */
  deleteAssetsAsset(asset: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `assets/${encodeURIComponent(asset)}`, { signal });
  },
  /** The devices assigned to an asset, now and before. */
  getAssetsAssetDevices(asset: string, signal?: AbortSignal): Promise<AssetDevices> {
    return request<AssetDevices>("GET", `assets/${encodeURIComponent(asset)}/devices`, { signal });
  },
  /** What was measured of an asset. */
  getAssetsAssetHistory(asset: string, query: { metric?: string; from?: string; to?: string; step?: number } = {}, signal?: AbortSignal): Promise<PlaceHistory> {
    return request<PlaceHistory>("GET", `assets/${encodeURIComponent(asset)}/history${search(query)}`, { signal });
  },
  /** Every plant and how it is. */
  getPlants(signal?: AbortSignal): Promise<PlantList> {
    return request<PlantList>("GET", "plants", { signal });
  },
  /** Make a plant. */
  postPlants(body: PlantBody, signal?: AbortSignal): Promise<PlantShown> {
    return request<PlantShown>("POST", "plants", { body, signal });
  },
  /** One plant with its newest values. */
  getPlantsPlant(plant: string, signal?: AbortSignal): Promise<PlantShown> {
    return request<PlantShown>("GET", `plants/${encodeURIComponent(plant)}`, { signal });
  },
  /** Change a plant. */
  putPlantsPlant(plant: string, body: PlantChange, signal?: AbortSignal): Promise<PlantShown> {
    return request<PlantShown>("PUT", `plants/${encodeURIComponent(plant)}`, { body, signal });
  },
  /** Remove a plant; its devices stay, unassigned. */
  deletePlantsPlant(plant: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `plants/${encodeURIComponent(plant)}`, { signal });
  },
  /** The devices assigned to a plant, now and before. */
  getPlantsPlantDevices(plant: string, signal?: AbortSignal): Promise<AssetDevices> {
    return request<AssetDevices>("GET", `plants/${encodeURIComponent(plant)}/devices`, { signal });
  },
  /** What was measured of a plant, without a range in the last 24 h. */
  getPlantsPlantHistory(plant: string, query: { metric?: string; from?: string; to?: string; step?: number } = {}, signal?: AbortSignal): Promise<PlaceHistory> {
    return request<PlaceHistory>("GET", `plants/${encodeURIComponent(plant)}/history${search(query)}`, { signal });
  },
  /** One value, asked for in words. */
  getValues(query: { q?: string; place?: string; metric?: string } = {}, signal?: AbortSignal): Promise<ValueFound> {
    return request<ValueFound>("GET", `values${search(query)}`, { signal });
  },
  /** What was decided about windows, newest first. */
  getDecisions(query: { device?: string; limit?: number; before?: string } = {}, signal?: AbortSignal): Promise<DecisionList> {
    return request<DecisionList>("GET", `decisions${search(query)}`, { signal });
  },
  /** One decision with everything it rests on. */
  getDecisionsDecision(decision: string, signal?: AbortSignal): Promise<DecisionShown> {
    return request<DecisionShown>("GET", `decisions/${encodeURIComponent(decision)}`, { signal });
  },
  /** Decide once more from what was stored. */
  postDecisionsDecisionReplay(decision: string, signal?: AbortSignal): Promise<ReplayShown> {
    return request<ReplayShown>("POST", `decisions/${encodeURIComponent(decision)}/replay`, { signal });
  },
  /** A window as it is decided about. */
  getDevicesIdWindow(id: string, signal?: AbortSignal): Promise<WindowShown> {
    return request<WindowShown>("GET", `devices/${encodeURIComponent(id)}/window`, { signal });
  },
  /** Move a window by one's own will. */
  postDevicesIdOverride(id: string, body: OverrideBody, signal?: AbortSignal): Promise<OverrideMade> {
    return request<OverrideMade>("POST", `devices/${encodeURIComponent(id)}/override`, { body, signal });
  },
  /** Let a window be decided about again. */
  deleteDevicesIdOverride(id: string, signal?: AbortSignal): Promise<WindowShown> {
    return request<WindowShown>("DELETE", `devices/${encodeURIComponent(id)}/override`, { signal });
  },
  /** What a window has learnt of people. */
  getDevicesIdLessons(id: string, signal?: AbortSignal): Promise<LessonList> {
    return request<LessonList>("GET", `devices/${encodeURIComponent(id)}/lessons`, { signal });
  },
  /** Bring lessons in beside those there are. */
  putDevicesIdLessons(id: string, body: LessonList, signal?: AbortSignal): Promise<LessonList> {
    return request<LessonList>("PUT", `devices/${encodeURIComponent(id)}/lessons`, { body, signal });
  },
  /** Forget what was learnt. */
  postDevicesIdForget(id: string, body: ForgetBody = {}, signal?: AbortSignal): Promise<LessonList> {
    return request<LessonList>("POST", `devices/${encodeURIComponent(id)}/forget`, { body, signal });
  },
  /** Every model and its versions. */
  getModels(signal?: AbortSignal): Promise<ModelList> {
    return request<ModelList>("GET", "models", { signal });
  },
  /** One model, its versions and its card. */
  getModelsModel(model: string, signal?: AbortSignal): Promise<ModelShown> {
    return request<ModelShown>("GET", `models/${encodeURIComponent(model)}`, { signal });
  },
  /** Take in a new version of a model. */
  postModelsModelInstall(model: string, body: Blob, signal?: AbortSignal): Promise<ModelShown> {
    return request<ModelShown>("POST", `models/${encodeURIComponent(model)}/install`, { body, signal });
  },
  /** Let another version decide. */
  postModelsModelPromote(model: string, body: PromoteBody = {}, signal?: AbortSignal): Promise<ModelShown> {
    return request<ModelShown>("POST", `models/${encodeURIComponent(model)}/promote`, { body, signal });
  },
  /** Let the previous version decide again. */
  postModelsModelRollback(model: string, signal?: AbortSignal): Promise<ModelShown> {
    return request<ModelShown>("POST", `models/${encodeURIComponent(model)}/rollback`, { signal });
  },
  /** See whether the files are what was signed. */
  postModelsModelVerify(model: string, signal?: AbortSignal): Promise<VerifyShown> {
    return request<VerifyShown>("POST", `models/${encodeURIComponent(model)}/verify`, { signal });
  },
  /** Whose signature on a model counts. */
  getSigners(signal?: AbortSignal): Promise<SignerList> {
    return request<SignerList>("GET", "signers", { signal });
  },
  /** Let somebody's signature count. */
  postSigners(body: SignerBody, signal?: AbortSignal): Promise<SignerList> {
    return request<SignerList>("POST", "signers", { body, signal });
  },
  /** Let a signature count no more. */
  deleteSignersSigner(signer: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `signers/${encodeURIComponent(signer)}`, { signal });
  },
  /** Keep a device's sound for some minutes. */
  postDevicesIdRecording(id: string, body: RecordingBody, signal?: AbortSignal): Promise<RunningShown> {
    return request<RunningShown>("POST", `devices/${encodeURIComponent(id)}/recording`, { body, signal });
  },
  /** Keep it no longer. */
  deleteDevicesIdRecording(id: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `devices/${encodeURIComponent(id)}/recording`, { signal });
  },
  /** What was recorded, newest first. */
  getRecordings(signal?: AbortSignal): Promise<RecordingList> {
    return request<RecordingList>("GET", "recordings", { signal });
  },
  /** The sound of a recording. */
  getRecordingsRecording(recording: string, signal?: AbortSignal): Promise<void> {
    return request<void>("GET", `recordings/${encodeURIComponent(recording)}`, { signal });
  },
  /** Throw a recording away. */
  deleteRecordingsRecording(recording: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `recordings/${encodeURIComponent(recording)}`, { signal });
  },
  /** What was not as usual, newest first. */
  getAnomalies(query: { asset?: string; device?: string; from?: string; to?: string; state?: "closed" | "open"; limit?: number; before?: string } = {}, signal?: AbortSignal): Promise<EpisodeList> {
    return request<EpisodeList>("GET", `anomalies${search(query)}`, { signal });
  },
  /** One episode with everything that belongs to it. */
  getAnomaliesEpisode(episode: string, signal?: AbortSignal): Promise<EpisodeShown> {
    return request<EpisodeShown>("GET", `anomalies/${encodeURIComponent(episode)}`, { signal });
  },
  /** Say what an episode was. */
  postAnomaliesEpisodeFeedback(episode: string, body: FeedbackBody, signal?: AbortSignal): Promise<EpisodeShown> {
    return request<EpisodeShown>("POST", `anomalies/${encodeURIComponent(episode)}/feedback`, { body, signal });
  },
  /** Take back what was said of an episode. */
  deleteAnomaliesEpisodeFeedback(episode: string, signal?: AbortSignal): Promise<EpisodeShown> {
    return request<EpisodeShown>("DELETE", `anomalies/${encodeURIComponent(episode)}/feedback`, { signal });
  },
  /** What a machine was like when it was commissioned. */
  getAssetsAssetBaseline(asset: string, signal?: AbortSignal): Promise<BaselineShown> {
    return request<BaselineShown>("GET", `assets/${encodeURIComponent(asset)}/baseline`, { signal });
  },
  /** Commission a machine. */
  postAssetsAssetBaseline(asset: string, body: CommissionBody = {}, signal?: AbortSignal): Promise<BaselineShown> {
    return request<BaselineShown>("POST", `assets/${encodeURIComponent(asset)}/baseline`, { body, signal });
  },
  /** End a commissioning that goes on. */
  deleteAssetsAssetBaseline(asset: string, signal?: AbortSignal): Promise<BaselineShown> {
    return request<BaselineShown>("DELETE", `assets/${encodeURIComponent(asset)}/baseline`, { signal });
  },
  /** How well machines are. */
  getInsightHealth(query: { asset?: string } = {}, signal?: AbortSignal): Promise<MachineHealthList> {
    return request<MachineHealthList>("GET", `insight/health${search(query)}`, { signal });
  },
  /** What to see to, the soonest first. */
  getInsightMaintenance(query: { asset?: string } = {}, signal?: AbortSignal): Promise<MaintenanceList> {
    return request<MaintenanceList>("GET", `insight/maintenance${search(query)}`, { signal });
  },
  /** When a rule would have fired. */
  postRulesBacktest(body: BacktestBody, query: { id?: string } = {}, signal?: AbortSignal): Promise<BacktestShown> {
    return request<BacktestShown>("POST", `rules/backtest${search(query)}`, { body, signal });
  },
  /** How far a backtest is. */
  getRulesBacktest(signal?: AbortSignal): Promise<BacktestProgress> {
    return request<BacktestProgress>("GET", "rules/backtest", { signal });
  },
  /** Whether rules fire once more as they did. */
  getRulesReplay(query: { from?: string; to?: string } = {}, signal?: AbortSignal): Promise<RuleReplayShown> {
    return request<RuleReplayShown>("GET", `rules/replay${search(query)}`, { signal });
  },
  /** All rules and scenes. */
  getRulesExport(signal?: AbortSignal): Promise<RuleExport> {
    return request<RuleExport>("GET", "rules/export", { signal });
  },
  /** Bring rules and scenes in. */
  postRulesImport(body: ImportBody, signal?: AbortSignal): Promise<RuleImportShown> {
    return request<RuleImportShown>("POST", "rules/import", { body, signal });
  },
  /** A sentence as a rule; nothing is kept. */
  postRulesParse(body: SentenceBody, signal?: AbortSignal): Promise<RuleParsed> {
    return request<RuleParsed>("POST", "rules/parse", { body, signal });
  },
  /** Every rule and how it stands. */
  getRules(query: { mode?: "live" | "off" | "shadow" | "tripped"; text?: string } = {}, signal?: AbortSignal): Promise<RuleList> {
    return request<RuleList>("GET", `rules${search(query)}`, { signal });
  },
  /** Make a rule; it is off. */
  postRules(body: Rule, query: { id?: string } = {}, signal?: AbortSignal): Promise<RuleShown> {
    return request<RuleShown>("POST", `rules${search(query)}`, { body, signal });
  },
  /** What would be said of a rule; nothing is kept. */
  postRulesCheck(body: Rule, query: { id?: string } = {}, signal?: AbortSignal): Promise<RuleCheckShown> {
    return request<RuleCheckShown>("POST", `rules/check${search(query)}`, { body, signal });
  },
  /** One rule and how it stands. */
  getRulesRule(rule: string, signal?: AbortSignal): Promise<RuleShown> {
    return request<RuleShown>("GET", `rules/${encodeURIComponent(rule)}`, { signal });
  },
  /** Change a rule. */
  putRulesRule(rule: string, body: Rule, query: { version?: number } = {}, signal?: AbortSignal): Promise<RuleShown> {
    return request<RuleShown>("PUT", `rules/${encodeURIComponent(rule)}${search(query)}`, { body, signal });
  },
  /** Delete a rule. */
  deleteRulesRule(rule: string, query: { timers?: "cancel" | "finish" } = {}, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `rules/${encodeURIComponent(rule)}${search(query)}`, { signal });
  },
  /** Let a rule go live, into shadow, or stop it. */
  postRulesRuleEnable(rule: string, body: EnableBody, signal?: AbortSignal): Promise<RuleShown> {
    return request<RuleShown>("POST", `rules/${encodeURIComponent(rule)}/enable`, { body, signal });
  },
  /** Why a rule fires, or does not. */
  getRulesRuleWhy(rule: string, signal?: AbortSignal): Promise<WhyShown> {
    return request<WhyShown>("GET", `rules/${encodeURIComponent(rule)}/why`, { signal });
  },
  /** What rules did, newest first. */
  getFirings(query: { from?: string; to?: string; limit?: number; before?: string; rule?: string } = {}, signal?: AbortSignal): Promise<FiringList> {
    return request<FiringList>("GET", `firings${search(query)}`, { signal });
  },
  /** One firing: why, and what became of it. */
  getFiringsFiring(firing: string, signal?: AbortSignal): Promise<FiringShown> {
    return request<FiringShown>("GET", `firings/${encodeURIComponent(firing)}`, { signal });
  },
  /** What a rule did, newest first. */
  getRulesRuleFirings(rule: string, query: { from?: string; to?: string; limit?: number; before?: string } = {}, signal?: AbortSignal): Promise<FiringList> {
    return request<FiringList>("GET", `rules/${encodeURIComponent(rule)}/firings${search(query)}`, { signal });
  },
  /** What is to be done at which moment. */
  getTimers(query: { rule?: string; state?: "armed" | "ended"; limit?: number } = {}, signal?: AbortSignal): Promise<TimerList> {
    return request<TimerList>("GET", `timers${search(query)}`, { signal });
  },
  /** Cancel a timer. */
  deleteTimersTimer(timer: string, signal?: AbortSignal): Promise<TimerShown> {
    return request<TimerShown>("DELETE", `timers/${encodeURIComponent(timer)}`, { signal });
  },
  /** Every scene. */
  getScenes(signal?: AbortSignal): Promise<SceneList> {
    return request<SceneList>("GET", "scenes", { signal });
  },
  /** Make a scene. */
  postScenes(body: SceneDraft, query: { id?: string } = {}, signal?: AbortSignal): Promise<SceneShown> {
    return request<SceneShown>("POST", `scenes${search(query)}`, { body, signal });
  },
  /** One scene. */
  getScenesScene(scene: string, signal?: AbortSignal): Promise<SceneShown> {
    return request<SceneShown>("GET", `scenes/${encodeURIComponent(scene)}`, { signal });
  },
  /** Change a scene. */
  putScenesScene(scene: string, body: SceneDraft, signal?: AbortSignal): Promise<SceneShown> {
    return request<SceneShown>("PUT", `scenes/${encodeURIComponent(scene)}`, { body, signal });
  },
  /** Delete a scene that no rule runs. */
  deleteScenesScene(scene: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `scenes/${encodeURIComponent(scene)}`, { signal });
  },
  /** Do everything that a scene says. */
  postScenesSceneRun(scene: string, signal?: AbortSignal): Promise<SceneRunShown> {
    return request<SceneRunShown>("POST", `scenes/${encodeURIComponent(scene)}/run`, { signal });
  },
  /** Say something to the house. */
  postChat(body: ChatBody, signal?: AbortSignal): Promise<ChatShown> {
    return request<ChatShown>("POST", "chat", { body, signal });
  },
  /** Alerts, newest first. */
  getAlerts(query: { open?: boolean; key?: string; from?: string; to?: string; limit?: number; before?: string } = {}, signal?: AbortSignal): Promise<AlertList> {
    return request<AlertList>("GET", `alerts${search(query)}`, { signal });
  },
  /** Until when only alarms come. */
  getAlertsMute(signal?: AbortSignal): Promise<MuteShown> {
    return request<MuteShown>("GET", "alerts/mute", { signal });
  },
  /** Only alarms for a while. */
  postAlertsMute(body: MuteBody, signal?: AbortSignal): Promise<MuteShown> {
    return request<MuteShown>("POST", "alerts/mute", { body, signal });
  },
  /** One alert and who was told. */
  getAlertsAlert(alert: string, signal?: AbortSignal): Promise<AlertStory> {
    return request<AlertStory>("GET", `alerts/${encodeURIComponent(alert)}`, { signal });
  },
  /** Say that you know it. */
  postAlertsAlertAck(alert: string, signal?: AbortSignal): Promise<AlertShown> {
    return request<AlertShown>("POST", `alerts/${encodeURIComponent(alert)}/ack`, { signal });
  },
  /** Every channel and how it is getting on. */
  getChannels(signal?: AbortSignal): Promise<ChannelList> {
    return request<ChannelList>("GET", "channels", { signal });
  },
  /** Set a channel up, or change it. */
  putChannelsChannel(channel: string, body: ChannelForm, signal?: AbortSignal): Promise<ChannelStateShown> {
    return request<ChannelStateShown>("PUT", `channels/${encodeURIComponent(channel)}`, { body, signal });
  },
  /** Take a channel away; what waits for it is dropped. */
  deleteChannelsChannel(channel: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `channels/${encodeURIComponent(channel)}`, { signal });
  },
  /** Send a line now. */
  postChannelsChannelTest(channel: string, signal?: AbortSignal): Promise<ChannelTested> {
    return request<ChannelTested>("POST", `channels/${encodeURIComponent(channel)}/test`, { signal });
  },
  /** What waits to be told over a channel. */
  getChannelsChannelOutbox(channel: string, query: { limit?: number } = {}, signal?: AbortSignal): Promise<OutboxShown> {
    return request<OutboxShown>("GET", `channels/${encodeURIComponent(channel)}/outbox${search(query)}`, { signal });
  },
  /** Do not send a message. */
  deleteChannelsChannelOutboxDelivery(channel: string, delivery: string, signal?: AbortSignal): Promise<DeliveryShown> {
    return request<DeliveryShown>("DELETE", `channels/${encodeURIComponent(channel)}/outbox/${encodeURIComponent(delivery)}`, { signal });
  },
  /** Make a code for one person. */
  postTelegramPairing(body: InvitationBody, signal?: AbortSignal): Promise<InvitationShown> {
    return request<InvitationShown>("POST", "telegram/pairing", { body, signal });
  },
  /** Who may speak with the house over Telegram. */
  getTelegramPeople(signal?: AbortSignal): Promise<PersonList> {
    return request<PersonList>("GET", "telegram/people", { signal });
  },
  /** Hear and tell somebody nothing more. */
  deleteTelegramPeoplePerson(person: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `telegram/people/${encodeURIComponent(person)}`, { signal });
  },
  /** How the language model is set up. */
  getSettingsLlm(signal?: AbortSignal): Promise<AssistantShown> {
    return request<AssistantShown>("GET", "settings/llm", { signal });
  },
  /** Set the language model up. */
  putSettingsLlm(body: AssistantForm, signal?: AbortSignal): Promise<AssistantShown> {
    return request<AssistantShown>("PUT", "settings/llm", { body, signal });
  },
  /** Ask the language model something small. */
  postSettingsLlmTest(signal?: AbortSignal): Promise<AssistantTested> {
    return request<AssistantTested>("POST", "settings/llm/test", { signal });
  },
  /** What the language model was asked and answered. */
  getSettingsLlmLog(query: { limit?: number } = {}, signal?: AbortSignal): Promise<AskedList> {
    return request<AskedList>("GET", `settings/llm/log${search(query)}`, { signal });
  },
  /** Messages that were unreadable, newest first. */
  getQuarantine(signal?: AbortSignal): Promise<QuarantineList> {
    return request<QuarantineList>("GET", "quarantine", { signal });
  },
  /** Read it again. */
  postQuarantineEntryReplay(entry: string, signal?: AbortSignal): Promise<void> {
    return request<void>("POST", `quarantine/${encodeURIComponent(entry)}/replay`, { signal });
  },
  /** Throw it away. */
  deleteQuarantineEntry(entry: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `quarantine/${encodeURIComponent(entry)}`, { signal });
  },
  /** Which series cannot be believed, and why. */
  getQuality(signal?: AbortSignal): Promise<QualityShown> {
    return request<QualityShown>("GET", "quality", { signal });
  },
  /** The owner's word on one series. */
  postDevicesIdQualityMetric(id: string, metric: string, body: OwnersWord, signal?: AbortSignal): Promise<ThresholdShown> {
    return request<ThresholdShown>("POST", `devices/${encodeURIComponent(id)}/quality/${encodeURIComponent(metric)}`, { body, signal });
  },
  /** Clear what is left of a device. */
  deleteQualityGhostsDevice(device: string, signal?: AbortSignal): Promise<void> {
    return request<void>("DELETE", `quality/ghosts/${encodeURIComponent(device)}`, { signal });
  },
  /** Who did or tried what, newest first. */
  getAudit(query: { kind?: string; who?: string; correlation?: string; limit?: number } = {}, signal?: AbortSignal): Promise<AuditList> {
    return request<AuditList>("GET", `audit${search(query)}`, { signal });
  },
  /** What happened, newest first. */
  getEvents(query: { kind?: string; device?: string; correlation?: string; limit?: number } = {}, signal?: AbortSignal): Promise<EventList> {
    return request<EventList>("GET", `events${search(query)}`, { signal });
  },
  /** What a reading, message or request caused. */
  getTraceCorrelation(correlation: string, signal?: AbortSignal): Promise<TraceShown> {
    return request<TraceShown>("GET", `trace/${encodeURIComponent(correlation)}`, { signal });
  },
  /** Whether the gateway and its parts are well. */
  getHealth(signal?: AbortSignal): Promise<HealthShown> {
    return request<HealthShown>("GET", "health", { signal });
  },
  /** The machine the gateway runs on. */
  getSystem(signal?: AbortSignal): Promise<SystemShown> {
    return request<SystemShown>("GET", "system", { signal });
  },
  /** How much the log says. */
  getLog(signal?: AbortSignal): Promise<LogShown> {
    return request<LogShown>("GET", "log", { signal });
  },
  /** Let a part of the gateway say more, or less, for a while. */
  putLog(body: LogWanted, signal?: AbortSignal): Promise<LogShown> {
    return request<LogShown>("PUT", "log", { body, signal });
  },
  /** Let the log say what is configured. */
  deleteLog(signal?: AbortSignal): Promise<LogShown> {
    return request<LogShown>("DELETE", "log", { signal });
  },
  /** This description. */
  getOpenapiJson(signal?: AbortSignal): Promise<Record<string, unknown>> {
    return request<Record<string, unknown>>("GET", "openapi.json", { signal });
  },
};
