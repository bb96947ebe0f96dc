import type { ReactNode } from "react";

/** One subject of the system page. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card flex min-w-0 flex-col gap-3 p-5" aria-label={title}>
      <h2 className="text-sm font-medium">{title}</h2>
      {children}
    </section>
  );
}
