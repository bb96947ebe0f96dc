import { useEffect, useState } from "react";
import { api } from "../api/generated";
import type { SystemState } from "../api/types";

const POLL_MS = 10_000;

/** The machine, asked again and again while it is looked at; null: not known yet. */
export function useSystem(): SystemState | null {
  const [system, setSystem] = useState<SystemState | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    // When it does not answer, what is shown stays; that the connection is lost is told elsewhere.
    const ask = () => void api.getSystem(abort.signal).then(setSystem, () => undefined);
    ask();
    const timer = window.setInterval(ask, POLL_MS);
    return () => {
      window.clearInterval(timer);
      abort.abort();
    };
  }, []);
  return system;
}
