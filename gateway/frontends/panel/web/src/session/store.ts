import { useSyncExternalStore } from "react";
import { getSession, whenSignedOut } from "../api/client";
import type { Session } from "../api/types";

/** null: not known yet, because the gateway has not answered. */
let session: Session | null = null;
let reachable = true;
const listeners = new Set<() => void>();

function emit(): void {
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Asks the gateway who we are; never throws. */
export async function refreshSession(signal?: AbortSignal): Promise<Session | null> {
  try {
    session = await getSession(signal);
    reachable = true;
  } catch {
    reachable = false;
  }
  emit();
  return reachable ? session : null;
}

whenSignedOut(() => {
  if (!session?.signed_in) return;
  session = { ...session, signed_in: false };
  emit();
});

export function useSession(): Session | null {
  return useSyncExternalStore(subscribe, () => session);
}

/** Whether the last question about the session was answered. */
export function useReachable(): boolean {
  return useSyncExternalStore(subscribe, () => reachable);
}
