import { useEffect, type ReactNode } from "react";
import { t } from "../texts";
import { Brand } from "./Brand";

/** The frame of the pages before one is signed in. */
export function Gate({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${t.product}`;
  }, [title]);
  return (
    <main className="mx-auto flex w-full max-w-md flex-col gap-6 px-4 pt-[12vh] pb-10">
      <Brand />
      <div className="card flex flex-col gap-5 p-6">
        <div>
          <h1 className="text-xl font-semibold">{title}</h1>
          {lead && <p className="mt-1 text-sm text-soft">{lead}</p>}
        </div>
        {children}
      </div>
    </main>
  );
}
