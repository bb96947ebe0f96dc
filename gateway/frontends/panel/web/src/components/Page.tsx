import { useEffect, useRef, type ReactNode } from "react";
import { t } from "../texts";

interface Props {
  title: string;
  /** Beside the title. */
  mark?: ReactNode;
  /** At the right of the title: what one can do here. */
  actions?: ReactNode;
  children: ReactNode;
}

let isFirst = true;

/** A page with its heading, which takes the focus when one arrives from another page. */
export function Page({ title, mark, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${t.product}`;
  }, [title]);
  useEffect(() => {
    if (!isFirst) {
      window.scrollTo(0, 0);
      heading.current?.focus({ preventScroll: true });
    }
    isFirst = false;
  }, []);

  return (
    <main id="content" className="mx-auto flex max-w-7xl flex-col gap-5 px-4 py-5 sm:px-6 sm:py-7">
      <div className="flex min-h-10 flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold tracking-tight">
            {title}
          </h1>
          {mark}
        </div>
        {actions}
      </div>
      {children}
    </main>
  );
}
