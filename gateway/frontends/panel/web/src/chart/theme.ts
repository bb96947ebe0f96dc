import { useSyncExternalStore } from "react";

export interface Theme {
  ink: string;
  soft: string;
  line: string;
  accent: string;
  wash: string;
  simulated: string;
  warn: string;
  bad: string;
  font: string;
}

const dark = window.matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
  dark.addEventListener("change", listener);
  return () => dark.removeEventListener("change", listener);
}

/** Changes with the system's setting: a canvas has to be drawn again. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, () => dark.matches);
}

/** The page's colours as a canvas needs them. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: colour("--ink"),
    soft: colour("--soft"),
    line: colour("--line"),
    accent: colour("--accent"),
    wash: colour("--accent-wash"),
    simulated: colour("--sim"),
    warn: colour("--warn"),
    bad: colour("--bad"),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
  };
}
