interface Props {
  href: string;
  text: string;
  /** What a narrow screen has room for. */
  short?: string;
  isHere: boolean;
}

/** A page of the main navigation. */
export function NavLink({ href, text, short, isHere }: Props) {
  const look = isHere ? "bg-raised text-ink" : "text-soft hover:text-ink";
  return (
    <a
      href={href}
      aria-current={isHere ? "page" : undefined}
      aria-label={text}
      className={`rounded-lg px-1 py-2 text-sm font-medium whitespace-nowrap sm:px-2 lg:px-3 ${look}`}
    >
      {short && <span className="lg:hidden">{short}</span>}
      <span className={short ? "hidden lg:inline" : ""}>{text}</span>
    </a>
  );
}
