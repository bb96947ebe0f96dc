import { useState } from "react";
import type { Typed } from "./limits";

/** What is typed into a form until it is kept, and what is told of it; typing on takes that away. */
export function useTyped() {
  const [typed, setTyped] = useState<Typed>({});
  const [told, tell] = useState<string | null>(null);

  function type(next: Typed): void {
    setTyped(next);
    tell(null);
  }

  function kept(text: string): void {
    setTyped({});
    tell(text);
  }

  return { typed, told, tell, type, kept };
}
