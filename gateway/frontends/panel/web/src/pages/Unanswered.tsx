import { useEffect } from "react";
import { Gate } from "../components/Gate";
import { refreshSession, useReachable } from "../session/store";
import { t } from "../texts";

const RETRY_MS = 3000;

/** Before the gateway's first answer: nothing for a moment, then what may be wrong. */
export function Unanswered() {
  const reachable = useReachable();
  useEffect(() => {
    void refreshSession();
    const timer = window.setInterval(() => void refreshSession(), RETRY_MS);
    return () => window.clearInterval(timer);
  }, []);
  if (reachable) return null;
  return (
    <Gate title={t.link.connecting}>
      <p role="status" className="text-sm text-soft">
        {t.errors.unreachable}
      </p>
    </Gate>
  );
}
