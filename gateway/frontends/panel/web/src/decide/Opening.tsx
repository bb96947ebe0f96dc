interface Props {
  /** Percent; null: not known. */
  now: number | null;
  /** Where it is meant to be, marked on the same line. */
  asked: number | null;
}

/** How far a window is open, drawn; the words beside it say the same. */
export function Opening({ now, asked }: Props) {
  return (
    <svg className="h-4 w-full" viewBox="0 0 200 16" preserveAspectRatio="none" aria-hidden="true">
      <rect y="4" width="200" height="8" className="fill-raised" />
      {now !== null && <rect y="4" width={2 * bounded(now)} height="8" className="fill-accent" />}
      {asked !== null && <rect x={2 * bounded(asked) * 0.99} width="2" height="16" className="fill-ink" />}
    </svg>
  );
}

function bounded(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}
