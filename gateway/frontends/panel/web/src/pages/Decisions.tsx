import { Choice } from "../components/Choice";
import { Page } from "../components/Page";
import { DecisionList } from "../decide/DecisionList";
import { isWindow } from "../decide/isWindow";
import { ordered } from "../format/order";
import { useDevices } from "../live/hooks";
import { decisionsOfPath } from "../router";
import { t } from "../texts";

/** What the gateway decided about windows, and why. `device` empty: about all of them. */
export default function Decisions({ device }: { device: string }) {
  const windows = ordered(useDevices().filter((each) => isWindow(each) || each.id === device));
  return (
    <Page
      title={t.decisions.title}
      actions={
        windows.length > 0 && (
          <Choice
            label={t.decisions.window}
            value={device}
            onChange={(id) => {
              window.location.hash = decisionsOfPath(id);
            }}
          >
            <option value="">{t.decisions.all}</option>
            {windows.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Choice>
        )
      }
    >
      <DecisionList key={device} device={device} />
    </Page>
  );
}
