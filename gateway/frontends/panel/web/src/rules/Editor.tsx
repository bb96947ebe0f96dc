import { useEffect, useId, useMemo, useRef } from "react";
import type { Draft } from "../api/rules";
import { t } from "../texts";
import { lineOf, placeOf, placesOf } from "./places";

/** Of the text, above what is shown in it. */
const LINES_ABOVE = 4;

/** A text as JSON: the draft it is, or why it is none. */
export function parsed(text: string): { draft: Draft | null; error: string | null } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { draft: value as Draft, error: null };
    return { draft: null, error: "{ … }" };
  } catch (failure) {
    return { draft: null, error: failure instanceof Error ? failure.message : String(failure) };
  }
}

export interface Place {
  start: number;
  end: number;
  line: number;
}

/** Where each of these paths is in a text that is JSON; none where it is not. */
export function usePlaces(text: string, isJson: boolean): (path: string) => Place | null {
  return useMemo(() => {
    const places = isJson ? placesOf(text) : null;
    return (path) => {
      const found = places && placeOf(places, path);
      return found ? { ...found, line: lineOf(text, found.start) } : null;
    };
  }, [text, isJson]);
}

interface Props {
  text: string;
  onText: (text: string) => void;
  /** Lines at which something is wrong. */
  wrong: ReadonlySet<number>;
  /** What is to be shown: it is selected, and in sight. */
  shown: Place | null;
}

/** A rule as JSON, with numbered lines; those at which something is wrong are marked. */
export function Editor({ text, onText, wrong, shown }: Props) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const lines = text.split("\n").length;
  useEffect(() => {
    if (!shown || !area.current || !frame.current) return;
    area.current.focus({ preventScroll: true });
    area.current.setSelectionRange(shown.start, shown.end);
    const tall = parseFloat(getComputedStyle(area.current).lineHeight);
    frame.current.scrollTop = (shown.line - LINES_ABOVE) * tall;
    frame.current.scrollIntoView({ block: "nearest" });
  }, [shown]);
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {t.rules.body}
      </label>
      <div
        ref={frame}
        className="flex max-h-[36rem] items-start overflow-auto rounded-lg border border-line bg-page py-2 font-mono text-[0.8125rem] leading-6 focus-within:outline-2 focus-within:outline-accent"
      >
        <ol className="sticky left-0 h-max shrink-0 bg-page px-2 text-right text-soft select-none" aria-hidden="true">
          {Array.from({ length: lines }, (_, index) => (
            <li key={index} className={wrong.has(index + 1) ? "rounded bg-bad-wash px-1 font-semibold text-bad" : "px-1"}>
              {index + 1}
            </li>
          ))}
        </ol>
        <textarea
          ref={area}
          id={id}
          className="block min-w-0 flex-1 resize-none overflow-x-auto overflow-y-hidden bg-transparent px-2 leading-6 whitespace-pre outline-none"
          rows={lines + 1}
          value={text}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          wrap="off"
          onInput={(event) => onText(event.currentTarget.value)}
        />
      </div>
      <p className="text-xs text-soft">{t.rules.bodyHint}</p>
    </div>
  );
}
