import { signOut } from "../api/client";
import { addPath, devicesPath, eventsPath, placesPath, plantsPath, systemPath, type Route } from "../router";
import { refreshSession } from "../session/store";
import { t } from "../texts";
import { Brand } from "./Brand";
import { Icon } from "./Icon";
import { LinkMark } from "./LinkMark";
import { NavLink } from "./NavLink";

/** Where one is, where one can go, and whether it is live. */
export function Header({ page }: { page: Route["page"] }) {
  return (
    <header className="border-b border-line bg-surface">
      {/* A phone has no room for everything in one row. */}
      <div className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-2 px-4 sm:px-6 md:h-14 md:flex-nowrap md:gap-x-6">
        <a href={devicesPath} aria-label={t.product} className="mr-auto rounded-lg py-2 md:mr-0">
          <Brand className="md:hidden lg:inline" />
        </a>
        <nav aria-label={t.nav.main} className="order-last -mx-2 flex w-full justify-between pb-1 sm:justify-start md:order-none md:mx-0 md:w-auto md:flex-1 md:gap-1 md:pb-0">
          <NavLink href={devicesPath} text={t.nav.devices} isHere={page === "devices"} />
          <NavLink href={placesPath} text={t.nav.places} isHere={page === "places"} />
          <NavLink href={plantsPath} text={t.nav.plants} isHere={page === "plants" || page === "plant"} />
          <NavLink href={eventsPath} text={t.nav.events} isHere={page === "events"} />
          <NavLink href={systemPath} text={t.nav.system} isHere={page === "system"} />
          <NavLink href={addPath} text={t.nav.add} short={t.nav.addShort} isHere={page === "add"} />
        </nav>
        <LinkMark />
        <button
          type="button"
          className="button min-h-9 border-transparent bg-transparent px-2 text-soft"
          title={t.nav.signOut}
          onClick={() => void leave()}
        >
          <Icon name="exit" />
          <span className="sr-only lg:not-sr-only">{t.nav.signOut}</span>
        </button>
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
