import { Icon } from "./Icon";
import type { IconName } from "./icons";

interface Props {
  href: string;
  icon: IconName;
  /** What is read out. */
  name: string;
  isHere: boolean;
  /** Beside the sign, when there are any. */
  count?: number;
  className?: string;
}

/** A page of the navigation for which there is no room in words. */
export function SignLink({ href, icon, name, isHere, count = 0, className = "" }: Props) {
  const look = count > 0 ? "text-warn" : isHere ? "text-ink" : "text-soft";
  return (
    <a
      href={href}
      className={`button min-h-9 gap-1 border-transparent px-1.5 sm:px-2 ${isHere ? "bg-raised" : "bg-transparent"} ${look} ${className}`}
      aria-label={name}
      title={name}
      aria-current={isHere ? "page" : undefined}
    >
      <Icon name={icon} />
      {count > 0 && <span aria-hidden="true">{count}</span>}
    </a>
  );
}
