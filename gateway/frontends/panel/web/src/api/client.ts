import { observeServerTime } from "../clock";
import type { ProblemDocument, SignIn } from "./generated";
import type { Session } from "./types";

/** What the gateway answered instead of success; `message` is for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    detail: string,
    /** Each thing that is wrong with what was sent, where the gateway tells them apart. */
    readonly problems: readonly { path: string; reason: string }[] = [],
  ) {
    super(detail);
  }
}

/** The gateway could not be reached at all. */
export class Unreachable extends Error {}

const onSignedOut = new Set<() => void>();

/** Calls back when a request is answered with 401: the session has ended. */
export function whenSignedOut(callback: () => void): void {
  onSignedOut.add(callback);
}

export function getSession(signal?: AbortSignal): Promise<Session> {
  return request<Session>("GET", "session", { signal });
}

export async function signIn(credentials: SignIn): Promise<void> {
  await request("POST", "session", { body: credentials, signingIn: true });
}

export async function signOut(): Promise<void> {
  await request("DELETE", "session");
}

export async function finishFirstRun(code: string, password: string): Promise<void> {
  await request("POST", "first-run", { body: { code, password }, signingIn: true });
}

export interface Options {
  /** Sent as JSON; a file as it is. */
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
    throw await refusalOf(response);
  }
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

async function send(method: string, path: string, { body, signal }: Options): Promise<Response> {
  const init: RequestInit = { method, credentials: "same-origin", cache: "no-store" };
  if (signal) init.signal = signal;
  if (body instanceof Blob) {
    init.body = body;
    init.headers = { "Content-Type": "application/zip" };
  } else if (body) {
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

async function refusalOf(response: Response): Promise<ApiError> {
  try {
    const problem = (await response.json()) as Partial<ProblemDocument>;
    const detail = problem.detail || problem.title || response.statusText;
    const named = problem.key ? [{ path: problem.key, reason: detail }] : [];
    return new ApiError(response.status, detail, problem.problems ?? named);
  } catch {
    return new ApiError(response.status, response.statusText || `HTTP ${response.status}`);
  }
}
