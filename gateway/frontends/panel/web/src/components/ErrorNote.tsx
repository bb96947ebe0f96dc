import { Icon } from "./Icon";

/** What went wrong, read aloud when it appears. */
export function ErrorNote({ text }: { text: string | null }) {
  return (
    <div role="alert" className="empty:hidden">
      {text && (
        <p className="flex items-start gap-2 rounded-lg bg-bad-wash px-3 py-2.5 text-sm text-bad">
          <Icon name="alert" className="mt-px size-4.5" />
          <span>{text}</span>
        </p>
      )}
    </div>
  );
}
