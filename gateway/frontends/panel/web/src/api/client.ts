import { observeServerTime } from "../clock";
import type {
  Device,
  EnrolmentToken,
  GatewayEvent,
  Health,
  History,
  Pairing,
  Problem,
  Session,
  SystemState,
  Trace,
} from "./types";

/** What the gateway answered instead of success; `message` is for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** The gateway could not be reached at all. */
export class Unreachable extends Error {}

type Credentials = { password: string } | { code: string };

const onSignedOut = new Set<() => void>();

/** Calls back when a request is answered with 401: the session has ended. */
export function whenSignedOut(callback: () => void): void {
  onSignedOut.add(callback);
}

export function getSession(signal?: AbortSignal): Promise<Session> {
  return request<Session>("GET", "session", { signal });
}

export async function signIn(credentials: Credentials): Promise<void> {
  await request("POST", "session", { body: credentials, signingIn: true });
}

export async function signOut(): Promise<void> {
  await request("DELETE", "session");
}

export async function finishFirstRun(code: string, password: string): Promise<void> {
  await request("POST", "first-run", { body: { code, password }, signingIn: true });
}

export function getDevice(id: string): Promise<Device> {
  return request<Device>("GET", `devices/${encodeURIComponent(id)}`);
}

/** One metric of one device in [from, to); with a step (whole seconds), buckets. All in ms. */
export function getHistory(
  device: string,
  metric: string,
  fromMs: number,
  toMs: number,
  stepMs: number | null,
  signal?: AbortSignal,
): Promise<History> {
  const query = new URLSearchParams({ metric, from: String(fromMs), to: String(toMs) });
  if (stepMs !== null) query.set("step", String(stepMs / 1000));
  return request<History>("GET", `devices/${encodeURIComponent(device)}/history?${query}`, { signal });
}

/** What happened, newest first; of one device, or of the whole house. */
export async function getEvents(device: string | null, limit: number, signal?: AbortSignal): Promise<GatewayEvent[]> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (device !== null) query.set("device", device);
  return (await request<{ events: GatewayEvent[] }>("GET", `events?${query}`, { signal })).events;
}

/** What is known of a correlation id. Its slashes are part of the path. */
export function getTrace(correlation: string, signal?: AbortSignal): Promise<Trace> {
  return request<Trace>("GET", `trace/${correlation.split("/").map(encodeURIComponent).join("/")}`, { signal });
}

/** The owner says that what is flagged of a series now is as it should be. */
export async function callNormal(device: string, metric: string): Promise<void> {
  await request("POST", `devices/${encodeURIComponent(device)}/quality/${metric}`, { body: { normal: true } });
}

export function getHealth(): Promise<Health> {
  return request<Health>("GET", "health");
}

export function getSystem(signal?: AbortSignal): Promise<SystemState> {
  return request<SystemState>("GET", "system", { signal });
}

export async function approve(device: string): Promise<void> {
  await request("POST", `devices/${encodeURIComponent(device)}/approve`);
}

/** Also refuses a device that waits for approval. */
export async function revoke(device: string): Promise<void> {
  await request("POST", `devices/${encodeURIComponent(device)}/revoke`);
}

export function getPairing(): Promise<Pairing> {
  return request<Pairing>("GET", "pairing");
}

export function openPairing(minutes: number): Promise<Pairing> {
  return request<Pairing>("POST", "pairing", { body: { minutes } });
}

export function closePairing(): Promise<Pairing> {
  return request<Pairing>("DELETE", "pairing");
}

export function createEnrolmentToken(): Promise<EnrolmentToken> {
  return request<EnrolmentToken>("POST", "tokens", { body: { kind: "enrol" } });
}

export interface Options {
  body?: object;
  signal?: AbortSignal | undefined;
  /** A 401 here means wrong credentials, not an ended session. */
  signingIn?: boolean;
}

/** Asks the gateway. Raises ApiError with its words, or Unreachable. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const response = await send(method, path, options);
  observeServerTime(response.headers.get("Date"));
  if (!response.ok) {
    if (response.status === 401 && !options.signingIn) onSignedOut.forEach((callback) => callback());
    throw new ApiError(response.status, await detailOf(response));
  }
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

async function send(method: string, path: string, { body, signal }: Options): Promise<Response> {
  const init: RequestInit = { method, credentials: "same-origin", cache: "no-store" };
  if (signal) init.signal = signal;
  if (body) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json" };
  }
  try {
    return await fetch(`/api/${path}`, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(String(error));
  }
}

async function detailOf(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as Problem;
    return problem.detail || problem.title || response.statusText;
  } catch {
    return response.statusText || `HTTP ${response.status}`;
  }
}
