import { t } from "../texts";
import { Unreachable } from "./client";

/** What to show a person when a request failed: the gateway's own words where there are some. */
export function messageOf(error: unknown): string {
  if (error instanceof Unreachable) return t.errors.unreachable;
  return error instanceof Error && error.message ? error.message : t.errors.unknown;
}
