import { useEffect, useState } from "react";
import { liveSocket, useLink } from "../live/hooks";
import { t } from "../texts";
import { Icon } from "./Icon";

/** A blink of the network is nobody's concern. */
const PATIENCE_MS = 800;

/** Says that the connection is lost; floats, so that nothing moves. */
export function LinkBanner() {
  const lost = useLink() === "lost";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!lost) return setShown(false);
    const timer = window.setTimeout(() => setShown(true), PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, [lost]);

  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-0 z-10 flex justify-center p-3">
      {shown && (
        <div className="pointer-events-auto flex max-w-2xl items-center gap-3 rounded-xl border border-bad bg-bad-wash px-4 py-3 text-sm text-bad shadow-lg">
          <Icon name="alert" />
          <p className="flex-1">{t.link.banner}</p>
          <button type="button" className="button border-bad text-bad" onClick={liveSocket.hurry}>
            {t.link.retry}
          </button>
        </div>
      )}
    </div>
  );
}
