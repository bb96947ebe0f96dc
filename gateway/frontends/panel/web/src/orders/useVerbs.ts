import { getDeviceTypes, type DeviceType, type Verb } from "../api/home";
import type { Device } from "../api/types";
import { useAnswer } from "../live/useAnswer";

export type Verbs = Record<string, Verb>;

/** Every device understands these, whatever it declared. */
export const COMMON: Verbs = { identify: {}, restart: {} };

/** What a device can be asked to do: what it declared, else what is known of its kind. */
export function useVerbs(device: Device): Verbs {
  const { value: types } = useAnswer("device types", { ask: getDeviceTypes });
  const capabilities = objectOf(device.capabilities);
  const declared = capabilities?.["verbs"];
  if (objectOf(declared)) return { ...COMMON, ...(declared as Verbs) };
  return (types ?? []).find(({ kind }: DeviceType) => kind === device.kind)?.verbs ?? COMMON;
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}
