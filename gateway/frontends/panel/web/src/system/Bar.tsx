/** How much of something is used, drawn; the words beside it say the same. */
export function Bar({ part, whole, isBad }: { part: number; whole: number; isBad: boolean }) {
  const share = whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
  return (
    <svg className="h-2 w-full" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
      <rect width="100" height="2" className="fill-raised" />
      <rect width={100 * share} height="2" className={isBad ? "fill-bad" : "fill-accent"} />
    </svg>
  );
}
