import { useState } from "react";
import { t } from "../texts";
import { EventRow } from "./EventRow";
import { keyOf, useEvents } from "./useEvents";

interface Props {
  /** null: of the whole house. */
  device: string | null;
  /** How many at first. */
  first: number;
}

/** What happened, newest first, live. */
export function EventList({ device, first }: Props) {
  const [limit, setLimit] = useState(first);
  const { events, state } = useEvents(device, limit);
  if (events.length === 0) {
    const words = { loading: t.events.loading, loaded: t.events.empty, failed: t.events.failed };
    return <p className="p-5 text-sm text-soft">{words[state]}</p>;
  }
  return (
    <>
      <ol className="divide-y divide-line">
        {events.map((event) => (
          <EventRow key={keyOf(event)} event={event} ofHouse={device === null} />
        ))}
      </ol>
      {events.length >= limit && limit < 1000 && (
        <p className="border-t border-line p-3 text-center">
          <button type="button" className="button" onClick={() => setLimit(Math.min(1000, limit * 4))}>
            {t.events.more}
          </button>
        </p>
      )}
    </>
  );
}
