import type { ReactNode } from "react";

/** A name and what it stands for, in a list of facts. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="text-sm break-words">{children}</dd>
    </div>
  );
}
