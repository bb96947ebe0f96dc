/** The shapes the gateway's API sends and takes, but for the home's (home.ts). */

import type { Break, Command, Shadow, Sync } from "./home";

export type Status = "provisioning" | "online" | "offline" | "error";

export interface Session {
  signed_in: boolean;
  first_run: boolean;
  demo: boolean;
  version: string;
}

export interface Latest {
  value: number;
  time: string;
  time_ms: number;
  unit: string | null;
  /** What is wrong with it or its series; empty when nothing is known. */
  quality: readonly Flag[];
  /** The reading it came with. */
  correlation: string;
}

/** A value as it is shown, of whatever measured it. */
export type Shown = Omit<Latest, "correlation">;

/** What can be wrong with a value. The gateway may come to know more. */
export type Flag = "out_of_range" | "jump" | "stuck" | "drift" | "ghost" | "stale" | "time" | (string & {});

/** What a node said of itself in its last heartbeat. */
export interface Vitals {
  time_ms: number;
  uptime_s: number | null;
  free_heap_bytes: number | null;
  rssi_dbm: number | null;
  self_test: string | null;
}

export interface Device {
  id: string;
  name: string;
  mac_address: string;
  firmware_version: string;
  status: Status;
  /** Why, in the gateway's words; empty when there is nothing to say. */
  status_reason: string;
  status_since_ms: number | null;
  /** It goes and comes so often that its status is damped to online. */
  flapping: boolean;
  simulated: boolean;
  created_at: string;
  last_seen_at: string | null;
  approved: boolean;
  /** It asks for credentials and waits for an answer; also a known device that asks again. */
  pending: boolean;
  revoked: boolean;
  /** The id of what it measures; null: it is assigned to nothing. */
  asset: string | null;
  /** As it declared, else as the gateway guesses from its metrics; empty: not known. */
  kind: string;
  asset_name: string | null;
  sync: Sync;
  /** Commands without an end. */
  open_commands: number;
  capabilities: unknown;
  vitals: Vitals | null;
  /** Readings that never came. */
  missing: number;
  latest: Record<string, Latest>;
}

export interface RawReading {
  time_ms: number;
  value: number;
  /** Left out when nothing is wrong. */
  quality?: readonly Flag[];
}

/** The values of one step; `value` is their mean. */
export interface Bucket {
  time_ms: number;
  value: number;
  minimum: number;
  maximum: number;
  count: number;
  /** What is wrong with any of its readings; left out when nothing is. */
  quality?: readonly Flag[];
}

export interface History {
  device: string;
  metric: string;
  unit: string | null;
  simulated: boolean;
  /** Left out when its hardware stayed the same. */
  breaks?: readonly Break[];
  readings: (RawReading | Bucket)[];
}

export interface Pairing {
  open: boolean;
  until_ms: number | null;
}

export interface EnrolmentToken {
  token: string;
}

/** RFC 9457; `detail` is written for people. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
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

/** Something that happened to a device or to the gateway itself. */
export interface GatewayEvent {
  time_ms: number;
  kind: string;
  reason: string;
  /** Empty: the gateway itself. */
  device: string;
  metric: string;
  correlation: string;
  simulated: boolean;
}

/** Something that was caused; `what` names the log it is from. */
export interface Step {
  what: string;
  time_ms: number;
  kind: string;
  who: string;
  text: string;
  simulated: boolean;
}

/** A reading, message or request, followed to whatever it caused. */
export interface Trace {
  correlation: string;
  reading: {
    device: string;
    time_ms: number;
    values: Record<string, number>;
    /** By metric; only those with something wrong. */
    quality: Record<string, readonly Flag[]>;
    simulated: boolean;
  } | null;
  steps: readonly Step[];
}

export interface EventMessage {
  type: "event";
  seq: number;
  event: GatewayEvent;
}

export interface PartHealth {
  ok: boolean;
  /** What is wrong, in words. */
  detail: string;
}

export interface Health {
  status: "ok" | "degraded";
  parts: Record<string, PartHealth>;
}

export interface WrittenDay {
  day: string;
  seconds: number;
  total_bytes: number;
  part_bytes: Record<string, number>;
}

/** The machine; null: not known. */
export interface SystemState {
  version: string;
  time_ms: number;
  up_s: number;
  board: {
    model: string;
    system: string;
    memory_bytes: number | null;
    memory_available_bytes: number | null;
    temperature_c: number | null;
  };
  disk: { kind: string; model: string; file_system: string; size_bytes: number };
  space: { total_bytes: number; free_bytes: number; warn_below_bytes: number };
  wear: {
    measured: boolean;
    budget_bytes_per_day: number;
    over_budget: boolean;
    today: WrittenDay;
    days: readonly WrittenDay[];
    part_bytes_per_day: Record<string, number>;
    total_bytes_per_day: number | null;
    life: { text: string; basis: string };
  };
  parts: Record<string, PartHealth>;
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
  | PlantMessage;
