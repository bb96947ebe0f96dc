import { useId, type ReactNode } from "react";

interface Props {
  title: string;
  /** Beside the title. */
  mark?: ReactNode;
  children: ReactNode;
}

/** One subject of a page. */
export function Card({ title, mark, children }: Props) {
  const id = useId();
  return (
    <section className="card flex min-w-0 flex-col gap-4 p-5" aria-labelledby={id}>
      <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h2 id={id} className="text-sm font-medium">
          {title}
        </h2>
        {mark}
      </header>
      {children}
    </section>
  );
}
