/** The home: places, plants, commands, shadows, assignments. One file, so that a generated client can take its place. */

import { request } from "./client";
import type { Bucket, Device, Latest, RawReading, Shown } from "./types";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type State = Record<string, Json>;

// Commands

export type CommandStatus = "queued" | "sent" | "accepted" | "expired" | "failed" | "done";

export interface Step {
  status: CommandStatus;
  time: string;
  time_ms: number;
  detail: string;
  /** The node said it after the command had expired. */
  late: boolean;
}

export interface Command {
  id: string;
  device: string;
  verb: string;
  args: State;
  status: CommandStatus;
  /** Of the last step. */
  detail: string;
  who: string;
  correlation: string;
  created_at: string;
  created_ms: number;
  expires_at: string;
  expires_ms: number;
  sends: number;
  simulated: boolean;
  /** Oldest first. */
  history: Step[];
}

export interface CommandList {
  /** Newest first. */
  commands: Command[];
  more: boolean;
}

export function getCommands(device: string, limit: number, signal?: AbortSignal): Promise<CommandList> {
  return request<CommandList>("GET", `${pathOf("devices", device)}/commands?limit=${limit}`, { signal });
}

export function sendCommand(device: string, verb: string, args: State): Promise<Command> {
  return request<Command>("POST", `${pathOf("devices", device)}/commands`, { body: { verb, args } });
}

/** Only while it has not been sent. */
export function cancelCommand(device: string, command: string): Promise<Command> {
  return request<Command>("DELETE", `${pathOf("devices", device)}/commands/${encodeURIComponent(command)}`);
}

// What a kind of device can do

/** One argument of a verb, or one key of the configuration. */
export interface Setting {
  kind?: "number" | "whole" | "bool" | "text" | "object";
  min?: number | null;
  max?: number | null;
  choices?: string[];
  unit?: string | null;
  required?: boolean;
}

export interface Verb {
  args?: Record<string, Setting>;
  relative?: boolean;
}

export interface DeviceType {
  kind: string;
  name: string;
  metrics: Record<string, string | null>;
  verbs: Record<string, Verb>;
  settings: Record<string, Setting>;
}

export async function getDeviceTypes(signal?: AbortSignal): Promise<DeviceType[]> {
  return (await request<{ types: DeviceType[] }>("GET", "device-types", { signal })).types;
}

// Shadow

export type Sync = "none" | "pending" | "in_sync" | "differs";

export interface ShadowSide {
  version: number;
  state: State;
  time: string | null;
  time_ms: number | null;
  by: string;
}

export interface Shadow {
  device: string;
  sync: Sync;
  desired: ShadowSide;
  reported: ShadowSide;
  /** The part of desired that reported does not say. */
  delta: State;
  simulated: boolean;
}

export function getShadow(device: string, signal?: AbortSignal): Promise<Shadow> {
  return request<Shadow>("GET", `${pathOf("devices", device)}/shadow`, { signal });
}

/** A merge patch (null removes) of desired, refused when it no longer has this version. */
export function wantShadow(device: string, desired: State, version: number): Promise<Shadow> {
  return request<Shadow>("PATCH", `${pathOf("devices", device)}/shadow`, { body: { desired, version } });
}

// Assignment and swap

export interface NewPlant {
  name: string;
  species?: string | null;
}

export type Provision = { asset_id: string } | { new_plant: NewPlant };

export function provision(device: string, where: Provision): Promise<Device> {
  return request<Device>("POST", `${pathOf("devices", device)}/provision`, { body: where });
}

export function unassign(device: string): Promise<Device> {
  return request<Device>("DELETE", `${pathOf("devices", device)}/provision`);
}

export interface Swapped {
  device: Device;
  /** With it, new hardware becomes the device; null when the replacement was named. */
  token: string | null;
  expires_at: string | null;
  expires_ms: number | null;
  warnings: string[];
}

export function swap(device: string, replacement: string | null): Promise<Swapped> {
  return request<Swapped>("POST", `${pathOf("devices", device)}/swap`, { body: { replacement } });
}

// Places

export type AssetKind = "room" | "plant" | "water_heater" | "pump" | "fan" | "outdoor";

/** Limits of one metric; null: none. */
export interface Band {
  min: number | null;
  max: number | null;
}

export interface Asset {
  id: string;
  name: string;
  kind: AssetKind;
  zone: string | null;
  zone_name: string | null;
  synonyms: string[];
  capabilities: string[];
  devices: string[];
  latest: Record<string, Latest>;
  simulated: boolean;
}

export interface AssetBrief {
  id: string;
  name: string;
  kind: AssetKind;
}

/** One answer for a place and a metric. */
export interface PlaceValue extends Shown {
  simulated: boolean;
}

export interface Zone {
  id: string;
  name: string;
  parent: string | null;
  synonyms: string[];
  assets: AssetBrief[];
  /** By metric. */
  values: Record<string, PlaceValue>;
}

export async function getZones(signal?: AbortSignal): Promise<Zone[]> {
  return (await request<{ zones: Zone[] }>("GET", "zones", { signal })).zones;
}

export function createZone(name: string): Promise<Zone> {
  return request<Zone>("POST", "zones", { body: { name } });
}

export async function getAssets(signal?: AbortSignal): Promise<Asset[]> {
  return (await request<{ assets: Asset[] }>("GET", "assets", { signal })).assets;
}

export function createAsset(name: string, kind: AssetKind, zone: string | null): Promise<Asset> {
  return request<Asset>("POST", "assets", { body: { name, kind, zone } });
}

/** The answer to a question such as "temp zone b", in words. */
export async function askValue(question: string): Promise<string> {
  return (await request<{ text: string }>("GET", `values?q=${encodeURIComponent(question)}`)).text;
}

// Plants

export type PlantStatus = "unassigned" | "unknown" | "ok" | "alert";

export interface Breach {
  metric: string;
  value: number;
  direction: "min" | "max";
  threshold: number;
  text: string;
  since_at: string;
  since_ms: number;
  device: string;
  correlation: string;
}

export interface Plant {
  id: string;
  name: string;
  species: string | null;
  thresholds: Record<string, Band>;
  created_at: string;
  status: PlantStatus;
  zone: string | null;
  inside: string | null;
  synonyms: string[];
  latest: Record<string, Latest>;
  devices: string[];
  breaches: Breach[];
  /** Of its species, by metric; never applied by themselves. */
  suggested_thresholds: Record<string, Band>;
  simulated: boolean;
}

export interface PlantChange {
  name?: string;
  species?: string | null;
  thresholds?: Record<string, Band>;
}

export async function getPlants(signal?: AbortSignal): Promise<Plant[]> {
  return (await request<{ plants: Plant[] }>("GET", "plants", { signal })).plants;
}

export function getPlant(id: string, signal?: AbortSignal): Promise<Plant> {
  return request<Plant>("GET", pathOf("plants", id), { signal });
}

export function createPlant(plant: NewPlant): Promise<Plant> {
  return request<Plant>("POST", "plants", { body: plant });
}

/** What is not named stays. */
export function changePlant(id: string, change: PlantChange): Promise<Plant> {
  return request<Plant>("PUT", pathOf("plants", id), { body: change });
}

export async function deletePlant(id: string): Promise<void> {
  await request("DELETE", pathOf("plants", id));
}

export interface Species {
  name: string;
  latin: string;
}

export async function getSpecies(signal?: AbortSignal): Promise<Species[]> {
  return (await request<{ species: Species[] }>("GET", "species", { signal })).species;
}

// Histories of places

/** From here on another device measures, or other hardware under the same name. */
export interface Break {
  time_ms: number;
  device: string;
  reason: string;
}

export interface PlaceHistory {
  asset: string;
  simulated: boolean;
  breaks: Break[];
  metric: string;
  unit: string | null;
  readings: (RawReading | Bucket)[];
}

/** One metric of one plant in [from, to), wherever each reading belonged at its time. All in ms. */
export function getPlantHistory(
  plant: string,
  metric: string,
  fromMs: number,
  toMs: number,
  stepMs: number | null,
  signal?: AbortSignal,
): Promise<PlaceHistory> {
  const query = new URLSearchParams({ metric, from: String(fromMs), to: String(toMs) });
  if (stepMs !== null) query.set("step", String(stepMs / 1000));
  return request<PlaceHistory>("GET", `${pathOf("plants", plant)}/history?${query}`, { signal });
}

/** Everything that was measured of a plant since an instant in ms. */
export async function getPlantMetrics(plant: string, fromMs: number, signal?: AbortSignal): Promise<string[]> {
  // As coarse as can be: only the names matter.
  const path = `${pathOf("plants", plant)}/history?from=${fromMs}&step=86400`;
  return (await request<{ series: { metric: string }[] }>("GET", path, { signal })).series.map(({ metric }) => metric);
}

function pathOf(collection: string, id: string): string {
  return `${collection}/${encodeURIComponent(id)}`;
}
