/** The home in the page's words: what it asks of the generated client, and the shapes it shows. */

import { api, type AssetShown, type CommandBody, type NewPlant, type PlantShown, type ZoneShown } from "./generated";
import type { AssetKind, CommandList, CommandShown, DeviceType, PlantChange } from "./generated";
import type { ProvisionBody, ShadowShown, SwapShown } from "./generated";
import { historyOf, historyQuery } from "./devices";
import type { GatewayEvent, History } from "./types";

export type { AssetBrief, AssetKind, Band, CommandStatus, DeviceType, PlantStatus, Setting, Sync } from "./generated";
export type {
  AssetShown as Asset,
  BreakShown as Break,
  CommandShown as Command,
  PlantShown as Plant,
  ShadowShown as Shadow,
  SwapShown as Swapped,
  VerbKnown as Verb,
  ZoneShown as Zone,
} from "./generated";

/** A configuration, or the arguments of a command: JSON. */
export type State = Record<string, unknown>;

// Devices

export function getCommands(device: string, limit: number, signal?: AbortSignal): Promise<CommandList> {
  return api.getDevicesIdCommands(device, { limit }, signal);
}

export async function sendCommand(device: string, command: CommandBody): Promise<void> {
  await api.postDevicesIdCommands(device, command);
}

/** Only while it has not been sent. */
export async function cancelCommand({ device, id }: CommandShown): Promise<void> {
  await api.deleteDevicesIdCommandsCommand(device, id);
}

export async function getDeviceTypes(signal?: AbortSignal): Promise<DeviceType[]> {
  return (await api.getDeviceTypes(signal)).types;
}

export function getShadow(device: string, signal?: AbortSignal): Promise<ShadowShown> {
  return api.getDevicesIdShadow(device, signal);
}

/** A merge patch (null removes) of desired, refused when it no longer has this version. */
export async function wantShadow(device: string, desired: State, version: number): Promise<void> {
  await api.patchDevicesIdShadow(device, { desired, version });
}

export async function provision(device: string, where: ProvisionBody): Promise<void> {
  await api.postDevicesIdProvision(device, where);
}

export async function unassign(device: string): Promise<void> {
  await api.deleteDevicesIdProvision(device);
}

/** `replacement` null: whoever registers with the token of the answer. */
export function swap(device: string, replacement: string | null): Promise<SwapShown> {
  return api.postDevicesIdSwap(device, { replacement });
}

// Places

export async function getZones(signal?: AbortSignal): Promise<ZoneShown[]> {
  return (await api.getZones(signal)).zones;
}

export async function createZone(name: string): Promise<void> {
  await api.postZones({ name });
}

export async function getAssets(signal?: AbortSignal): Promise<AssetShown[]> {
  return (await api.getAssets({}, signal)).assets;
}

export async function createAsset(name: string, kind: AssetKind, zone: string | null): Promise<void> {
  await api.postAssets({ name, kind, zone });
}

// Plants

export async function getPlants(signal?: AbortSignal): Promise<PlantShown[]> {
  return (await api.getPlants(signal)).plants;
}

export function getPlant(id: string, signal?: AbortSignal): Promise<PlantShown> {
  return api.getPlantsPlant(id, signal);
}

export function createPlant(plant: NewPlant): Promise<PlantShown> {
  return api.postPlants(plant);
}

/** What is not named stays; thresholds are replaced as a whole. */
export async function changePlant(id: string, change: PlantChange): Promise<void> {
  await api.putPlantsPlant(id, change);
}

export async function deletePlant(id: string): Promise<void> {
  await api.deletePlantsPlant(id);
}

/** Its thresholds crossed, and its values back within them; newest first. */
export async function getPlantEvents(plant: string, signal?: AbortSignal): Promise<GatewayEvent[]> {
  const { events } = await api.getEvents({ kind: "plant.", limit: 1000 }, signal);
  return events.filter(({ asset }) => asset === plant);
}

/** The names of species that are known. */
export async function getSpecies(signal?: AbortSignal): Promise<string[]> {
  return (await api.getSpecies({}, signal)).species.map(({ name }) => name);
}

/** One metric of one plant in [from, to), wherever each reading belonged at its time. All in ms. */
export async function getPlantHistory(
  plant: string,
  metric: string,
  fromMs: number,
  toMs: number,
  stepMs: number | null,
  signal?: AbortSignal,
): Promise<History> {
  return historyOf(await api.getPlantsPlantHistory(plant, historyQuery(metric, fromMs, toMs, stepMs), signal));
}

/** Everything that was measured of a plant since an instant in ms. */
export async function getPlantMetrics(plant: string, fromMs: number, signal?: AbortSignal): Promise<string[]> {
  // As coarse as can be: only the names matter.
  const { series } = await api.getPlantsPlantHistory(plant, { from: String(fromMs), step: 86_400 }, signal);
  return (series ?? []).map(({ metric }) => metric);
}
