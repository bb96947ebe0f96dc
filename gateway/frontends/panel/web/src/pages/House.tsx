import { Page } from "../components/Page";
import { EventList } from "../events/EventList";
import { t } from "../texts";

/** What happened in the whole house. */
export default function House() {
  return (
    <Page title={t.events.title}>
      <section className="card overflow-hidden" aria-label={t.events.title}>
        <EventList device={null} first={100} />
      </section>
    </Page>
  );
}
