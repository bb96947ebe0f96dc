import { useState } from "react";
import { messageOf } from "../api/message";

export interface Action {
  busy: boolean;
  error: string | null;
  run: (job: () => Promise<void>) => Promise<void>;
}

/** Something a person starts: whether it is under way, and what went wrong, in words. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function run(job: () => Promise<void>): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await job();
    } catch (failure) {
      setError(messageOf(failure));
    } finally {
      setBusy(false);
    }
  }

  return { busy, error, run };
}
