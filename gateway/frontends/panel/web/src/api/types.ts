/** What the live connection tells, and the API's shapes under the names the page has for them. */

import type { Alert } from "./alerts";
import type { Baseline, Episode } from "./anomalies";
import type { Command, Shadow } from "./home";
import type { Decision, Override } from "./window";
import type { BreakShown, DeviceShown, EventShown, LatestValue } from "./generated";

export type {
  DayShown as WrittenDay,
  DeviceStatus as Status,
  HealthShown as Health,
  Me as Session,
  PairingShown as Pairing,
  PartHealth,
  SystemShown as SystemState,
  TraceShown as Trace,
  TraceStep as Step,
  VitalsShown as Vitals,
} from "./generated";

/** What can be wrong with a value. The gateway may come to know more. */
export type Flag = "out_of_range" | "jump" | "stuck" | "drift" | "ghost" | "stale" | "time" | (string & {});

/** A value as it is shown, of whatever measured it; its age goes on. */
export interface Shown extends Pick<LatestValue, "value" | "time" | "time_ms" | "unit"> {
  quality: readonly Flag[];
}

export interface Latest extends Shown {
  /** The reading it came with. */
  correlation: string;
}

export interface Device extends Omit<DeviceShown, "latest"> {
  latest: Record<string, Latest>;
}

/** Something that happened to a device or to the gateway itself (`device` is empty). */
export type GatewayEvent = EventShown;

export interface RawReading {
  time_ms: number;
  value: number;
  /** Left out when nothing is wrong. */
  quality?: readonly Flag[];
}

/** The values of one step; `value` is their mean. */
export interface Bucket extends RawReading {
  minimum: number;
  maximum: number;
  count: number;
}

/** One metric of one device or place. */
export interface History {
  /** Of steps when it was asked so, and then each with everything a bucket has. */
  readings: (RawReading | Bucket)[];
  /** Where other hardware, or another device, begins. */
  breaks: BreakShown[];
  unit: string | null;
}

/** Nothing was missed: the changes since follow instead of a snapshot. */
export interface ResumedMessage {
  type: "resumed";
  seq: number;
}

export interface SnapshotMessage {
  type: "snapshot";
  seq: number;
  devices: Device[];
}

export interface ReadingMessage {
  type: "reading";
  seq: number;
  device: string;
  time_ms: number;
  values: Record<string, number>;
  simulated: boolean;
  /** It repairs the history and is not the newest. */
  late: boolean;
  correlation: string;
  /** By metric; only those with something wrong. */
  quality: Record<string, readonly Flag[]>;
}

export interface EventMessage {
  type: "event";
  seq: number;
  event: GatewayEvent;
}

export interface DeviceMessage {
  type: "device";
  seq: number;
  id: string;
  /** null: the device was deleted. */
  device: Device | null;
}

export interface CommandMessage {
  type: "command";
  seq: number;
  command: Command;
}

export interface ShadowMessage {
  type: "shadow";
  seq: number;
  shadow: Shadow;
}

/** A zone, an asset or an assignment is other than it was. */
export interface PlaceMessage {
  type: "place";
  seq: number;
}

/** A plant has crossed a threshold, or is within it again. */
export interface PlantMessage {
  type: "plant";
  seq: number;
  plant: string;
}

/** A window was decided about, or what became of it is known. */
export interface DecisionMessage {
  type: "decision";
  seq: number;
  decision: Decision;
}

/** A person's will began, was learnt from, ended or was forgotten. */
export interface OverrideMessage {
  type: "override";
  seq: number;
  override: Override;
}

/** Another version of a model decides, or stands beside. */
export interface ModelMessage {
  type: "model";
  seq: number;
  name: string;
}

/** An episode was opened, has grown, was closed, or somebody has judged it. */
export interface EpisodeMessage {
  type: "episode";
  seq: number;
  episode: Episode;
}

/** The baseline of a machine is another, or on its way; null: the machine is gone. */
export interface BaselineMessage {
  type: "baseline";
  seq: number;
  asset: string;
  baseline: Baseline | null;
}

/** There is another day of a machine's health. */
export interface HealthMessage {
  type: "health";
  seq: number;
  asset: string;
}

/** A rule is other than it was, or gone. */
export interface RuleMessage {
  type: "rule";
  seq: number;
}

/** A rule has fired, or what became of that is known. */
export interface FiringMessage {
  type: "firing";
  seq: number;
}

/** More rules fire in this second than anybody reads. */
export interface MoreMessage {
  type: "more";
  seq: number;
}

/** A timer was armed, or has ended. */
export interface TimerMessage {
  type: "timer";
  seq: number;
}

/** An alert was opened, acknowledged, told, or is over. */
export interface AlertMessage {
  type: "alert";
  seq: number;
  alert: Alert;
}

/** Only alarms come until then; 0: everything comes again. */
export interface MutedMessage {
  type: "muted";
  seq: number;
  until_ms: number;
}

/** What became of an order that this person gave in words. */
export interface FollowUpMessage {
  type: "followup";
  seq: number;
  /** The id of the sentence. */
  said: string;
  text: string;
  done: boolean;
}

export type LiveMessage =
  | SnapshotMessage
  | ResumedMessage
  | ReadingMessage
  | DeviceMessage
  | EventMessage
  | CommandMessage
  | ShadowMessage
  | PlaceMessage
  | PlantMessage
  | DecisionMessage
  | OverrideMessage
  | ModelMessage
  | EpisodeMessage
  | BaselineMessage
  | HealthMessage
  | RuleMessage
  | FiringMessage
  | MoreMessage
  | TimerMessage
  | AlertMessage
  | MutedMessage
  | FollowUpMessage;
