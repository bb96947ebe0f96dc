import { signOut } from "../api/client";
import { addPath, devicesPath, eventsPath, systemPath, type Route } from "../router";
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
      <div className="mx-auto flex h-14 max-w-7xl items-center gap-2 px-4 sm:gap-6 sm:px-6">
        <a href={devicesPath} aria-label={t.product} className="rounded-lg">
          <Brand className="hidden md:inline" />
        </a>
        <nav aria-label={t.nav.main} className="flex flex-1 sm:gap-1">
          <NavLink href={devicesPath} text={t.nav.devices} isHere={page === "devices"} />
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
