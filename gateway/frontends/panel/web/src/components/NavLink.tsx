interface Props {
  href: string;
  text: string;
  /** What a narrow screen has room for. */
  short?: string;
  /** Beside it, when there are any. */
  count?: number;
  /** What is read out, when it is more than the text. */
  name?: string;
  isHere: boolean;
}

/** A page of the main navigation. */
export function NavLink({ href, text, short, count = 0, name = text, isHere }: Props) {
  const look = isHere ? "bg-raised text-ink" : "text-soft hover:text-ink";
  return (
    <a
      href={href}
      aria-current={isHere ? "page" : undefined}
      aria-label={name}
      className={`rounded-lg px-0.5 py-2 text-[0.8125rem] font-medium whitespace-nowrap sm:px-2 sm:text-sm xl:px-3 ${look}`}
    >
      {short && <span className="lg:hidden">{short}</span>}
      <span className={short ? "hidden lg:inline" : ""}>{text}</span>
      {count > 0 && (
        <span className="ml-1.5 rounded-full bg-warn-wash px-1.5 py-0.5 text-xs font-semibold text-warn" aria-hidden="true">
          {count}
        </span>
      )}
    </a>
  );
}
