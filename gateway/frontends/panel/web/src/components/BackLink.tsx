import { Icon } from "./Icon";

/** To the list that something is from. */
export function BackLink({ href, text }: { href: string; text: string }) {
  return (
    <a href={href} className="inline-flex items-center gap-1 py-1 text-sm font-medium text-accent hover:underline">
      <Icon name="back" className="size-4" />
      {text}
    </a>
  );
}
