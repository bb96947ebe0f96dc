import { useOpenAlerts } from "../alerts/useAlerts";
import { useOpen } from "../anomalies/useOpen";
import { signOut } from "../api/client";
import {
  addPath,
  alertsPath,
  anomaliesPath,
  chatPath,
  decisionsPath,
  devicesPath,
  eventsPath,
  placesPath,
  plantsPath,
  rulesPath,
  systemPath,
  type Route,
} from "../router";
import { refreshSession } from "../session/store";
import { t } from "../texts";
import { Brand } from "./Brand";
import { Icon } from "./Icon";
import { LinkMark } from "./LinkMark";
import { NavLink } from "./NavLink";
import { SignLink } from "./SignLink";

/** Where one is, where one can go, and whether it is live. */
export function Header({ page }: { page: Route["page"] }) {
  const open = useOpen();
  const alerts = useOpenAlerts();
  const anomalies = open > 0 ? t.nav.anomaliesOpen(open) : t.nav.anomalies;
  return (
    <header className="border-b border-line bg-surface">
      {/* A phone has no room for everything in one row. */}
      <div className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-2 px-4 sm:px-6 md:h-14 md:flex-nowrap md:gap-x-6">
        <a href={devicesPath} aria-label={t.product} className="mr-auto rounded-lg py-2 md:mr-0">
          <Brand className="hidden whitespace-nowrap sm:inline md:hidden lg:inline" />
        </a>
        <nav aria-label={t.nav.main} className="order-last -mx-1 flex w-full flex-wrap justify-between pb-1 sm:-mx-2 sm:justify-start md:order-none md:mx-0 md:w-auto md:flex-1 md:flex-nowrap md:pb-0 lg:gap-1">
          <NavLink href={devicesPath} text={t.nav.devices} isHere={page === "devices"} />
          <NavLink href={placesPath} text={t.nav.places} isHere={page === "places"} />
          <NavLink href={plantsPath} text={t.nav.plants} isHere={page === "plants" || page === "plant"} />
          <NavLink href={decisionsPath} text={t.nav.decisions} isHere={page === "decisions"} />
          <NavLink href={rulesPath} text={t.nav.rules} isHere={page === "rules" || page === "rule"} />
          <span className="hidden xl:contents">
            <NavLink href={anomaliesPath} text={t.nav.anomalies} count={open} name={anomalies} isHere={page === "anomalies"} />
          </span>
          <NavLink href={eventsPath} text={t.nav.events} isHere={page === "events"} />
          <NavLink href={systemPath} text={t.nav.system} isHere={page === "system"} />
          <span className="hidden lg:contents">
            <NavLink href={addPath} text={t.nav.add} short={t.nav.addShort} isHere={page === "add"} />
          </span>
        </nav>
        <LinkMark />
        <div className="flex items-center">
          <SignLink href={chatPath} icon="chat" name={t.nav.chat} isHere={page === "chat"} />
          <SignLink
            href={alertsPath}
            icon="bell"
            name={alerts > 0 ? t.nav.alertsOpen(alerts) : t.nav.alerts}
            count={alerts}
            isHere={page === "alerts" || page === "outward"}
          />
          {/* Where there is no room for words a sign, beside the way out. */}
          <SignLink href={anomaliesPath} icon="alert" name={anomalies} count={open} isHere={page === "anomalies"} className="xl:hidden" />
          <SignLink href={addPath} icon="plus" name={t.nav.add} isHere={page === "add"} className="lg:hidden" />
          <button
            type="button"
            className="button min-h-9 border-transparent bg-transparent px-1.5 text-soft sm:px-2"
            title={t.nav.signOut}
            onClick={() => void leave()}
          >
            <Icon name="exit" />
            <span className="sr-only">{t.nav.signOut}</span>
          </button>
        </div>
      </div>
    </header>
  );
}

async function leave(): Promise<void> {
  try {
    await signOut();
  } finally {
    await refreshSession();
  }
}
