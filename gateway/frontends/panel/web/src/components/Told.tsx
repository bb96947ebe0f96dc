/** What went well, read aloud when it appears. */
export function Told({ text }: { text: string | null }) {
  return (
    <p role="status" className="text-sm font-medium text-good empty:hidden">
      {text}
    </p>
  );
}
