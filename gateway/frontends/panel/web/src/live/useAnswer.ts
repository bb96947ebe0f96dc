import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError } from "../api/client";
import { messageOf } from "../api/message";
import type { LiveMessage } from "../api/types";
import { live, useEpoch } from "./hooks";

const RETRY_MS = 5_000;

export interface Answer<T> {
  /** null: not known yet. */
  value: T | null;
  /** Why nothing is known, in words. What was known stays while the gateway cannot be asked: that is told elsewhere. */
  error: string | null;
  /** Asks once more, as after a change. */
  again: () => void;
}

interface Question<T> {
  ask: (signal: AbortSignal) => Promise<T>;
  /** Whether what the live connection tells makes the answer old. */
  ageing?: (message: LiveMessage) => boolean;
  /** Asked at most so often, however much happens. */
  restMs?: number;
}

interface Shown<T> {
  key: string;
  value: T | null;
  error: string | null;
}

/** What the gateway answers to a question that `key` tells from others; asked again whenever the answer gets old. */
export function useAnswer<T>(key: string, question: Question<T>): Answer<T> {
  const [shown, setShown] = useState<Shown<T>>({ key, value: null, error: null });
  const newest = useRef(question);
  newest.current = question;
  const asker = useRef<Asker<T> | null>(null);
  const epoch = useEpoch();

  useEffect(() => {
    const made = new Asker<T>(
      (signal) => newest.current.ask(signal),
      newest.current.restMs ?? 0,
      (value) => setShown({ key, value, error: null }),
      (error, passes) =>
        setShown((before) => (passes && before.key === key && before.value !== null ? before : { key, value: null, error })),
    );
    asker.current = made;
    const stop = live.onMessage((message) => newest.current.ageing?.(message) && made.ask());
    document.addEventListener("visibilitychange", made.wake);
    made.ask();
    return () => {
      stop();
      document.removeEventListener("visibilitychange", made.wake);
      made.stop();
    };
  }, [key, epoch]);

  const again = useCallback(() => asker.current?.ask(), []);
  return shown.key === key ? { value: shown.value, error: shown.error, again } : { value: null, error: null, again };
}

/** Asks one thing at a time; what is asked meanwhile is asked once, afterwards. */
class Asker<T> {
  private busy = false;
  private old = false;
  private timer = 0;
  private readonly abort = new AbortController();

  constructor(
    private readonly question: (signal: AbortSignal) => Promise<T>,
    private readonly restMs: number,
    private readonly show: (value: T) => void,
    private readonly fail: (error: string, passes: boolean) => void,
  ) {}

  ask = (): void => {
    this.old = true;
    if (this.busy || document.visibilityState !== "visible") return;
    void this.run();
  };

  wake = (): void => {
    if (this.old) this.ask();
  };

  stop(): void {
    this.abort.abort();
    window.clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    this.busy = true;
    this.old = false;
    let rest = this.restMs;
    try {
      const value = await this.question(this.abort.signal);
      if (!this.abort.signal.aborted) this.show(value);
    } catch (error) {
      if (this.abort.signal.aborted) return;
      const passes = isPassing(error);
      this.fail(messageOf(error), passes);
      this.old ||= passes;
      rest = Math.max(rest, RETRY_MS);
    }
    if (this.abort.signal.aborted) return;
    this.timer = window.setTimeout(() => {
      this.busy = false;
      this.wake();
    }, rest);
  }
}

/** What is not there, or not for us, stays so; everything else may pass. */
function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status >= 500 || error.status === 429;
}
